// The peer `cometd-nodejs`: npm cometd-nodejs-server on a plain HTTP server, with its defaults.
'use strict';
const http = require('http');
const { createCometDServer } = require('cometd-nodejs-server');

const bayeux = createCometDServer({ timeout: 30000 });
const server = http.createServer(bayeux.handle);
// The generator's posting connections are idle between two steps; Node would close them after 5 s.
server.keepAliveTimeout = 120000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
