// The peer `faye`: npm faye with its memory engine on a plain HTTP server, long polling and WebSocket.
'use strict';
const http = require('http');
const faye = require('faye');

const bayeux = new faye.NodeAdapter({ mount: '/bayeux', timeout: 30 });
const server = http.createServer();
// The generator's posting connections are idle between two steps; Node would close them after 5 s.
server.keepAliveTimeout = 120000;
bayeux.attach(server);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
