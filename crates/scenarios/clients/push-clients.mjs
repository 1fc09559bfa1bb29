// The push clients under one shape: each resolves when its first subscriptions are confirmed.
// Settings: {base, transport, topics, cookie, renewed(count), notified(channel, data)}.
import { createRequire } from "node:module";
import { WebSocket } from "ws";

const require = createRequire(import.meta.url);
const ENDPOINT = "/api/v2/notifications";

export const pushClients = {
  "cometd-3": openCometd3,
  "cometd-9": openCometd9,
  faye: openFaye,
};

async function openCometd3(settings) {
  require("cometd-nodejs-client-1").adapt();
  // The adapter of this age has no web socket.
  global.window.WebSocket = socketWithCookie(settings.cookie);
  const { CometD } = require("cometd-3");
  return openCometd(new CometD(), settings);
}

async function openCometd9(settings) {
  const { adapt } = await import("cometd-nodejs-client");
  adapt();
  // The adapter's web socket sends no cookies; a browser's does.
  global.window.WebSocket = socketWithCookie(settings.cookie);
  const { CometD } = await import("cometd");
  return openCometd(new CometD(), settings);
}

function openCometd(cometd, settings) {
  const unwanted = settings.transport === "websocket" ? "long-polling" : "websocket";
  cometd.unregisterTransport(unwanted);
  cometd.unregisterTransport("callback-polling");
  cometd.configure({
    url: settings.base + ENDPOINT,
    requestHeaders: { Cookie: settings.cookie },
    logLevel: "warn",
  });
  return new Promise((resolve, reject) => {
    let handshakes = 0;
    const client = {
      transport: () => cometd.getTransport().getType?.() ?? cometd.getTransport().type,
      close: () => new Promise((done) => cometd.disconnect(done)),
    };
    const deliver = (message) => settings.notified(message.channel, message.data);
    cometd.addListener("/meta/handshake", (reply) => {
      if (!reply.successful) {
        reject(new Error(`handshake refused: ${JSON.stringify(reply)}`));
        return;
      }
      const number = ++handshakes;
      let open = settings.topics.length;
      const confirmed = (answer) => {
        if (!answer.successful) reject(new Error(`subscription refused: ${JSON.stringify(answer)}`));
        if (--open === 0) {
          settings.renewed(number);
          resolve(client);
        }
      };
      cometd.batch(() => {
        for (const topic of settings.topics) cometd.subscribe(topic, deliver, confirmed);
      });
    });
    cometd.handshake();
  });
}

function socketWithCookie(cookie) {
  return class extends WebSocket {
    constructor(url, protocol) {
      super(url, protocol ?? [], { headers: { Cookie: cookie } });
    }
  };
}

function openFaye(settings) {
  const faye = require("faye");
  const { Cookie } = require("tough-cookie");
  const url = settings.base + ENDPOINT;
  const client = new faye.Client(url, { retry: 1 });
  if (settings.transport !== "websocket") client.disable("websocket");
  client.disable("eventsource");
  for (const cookie of settings.cookie.split("; ")) {
    client._dispatcher.cookies.setCookieSync(Cookie.parse(cookie + "; Path=/"), url);
  }
  return new Promise((resolve, reject) => {
    let handshakes = 0;
    let open = 0;
    const opened = {
      transport: () => client._dispatcher.connectionType,
      close: () => client.disconnect(),
    };
    client.addExtension({
      incoming(message, forward) {
        if (message.channel === "/meta/handshake" && message.successful) {
          handshakes += 1;
          open = settings.topics.length;
        }
        if (message.channel === "/meta/subscribe") {
          if (!message.successful) reject(new Error(`subscription refused: ${JSON.stringify(message)}`));
          open -= [].concat(message.subscription).length;
          if (open === 0) {
            settings.renewed(handshakes);
            resolve(opened);
          }
        }
        forward(message);
      },
    });
    for (const topic of settings.topics) {
      client.subscribe(topic).withChannel((channel, data) => settings.notified(channel, data));
    }
  });
}
