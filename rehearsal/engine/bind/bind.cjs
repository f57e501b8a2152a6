// Read by Node inside a container: what would listen on every address listens on the container's own instead.
"use strict";

const net = require("node:net");

const address = process.env.CONTAINER_ADDRESS;
const everywhere = new Set([undefined, null, "", "0.0.0.0", "::"]);
const listen = net.Server.prototype.listen;

const isPort = (value) =>
  value === undefined || value === null || typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));

function own(options) {
  const isElsewhere = options.path !== undefined || options.fd !== undefined || options._handle || options.handle;
  return isElsewhere || !everywhere.has(options.host) ? options : { ...options, host: address };
}

net.Server.prototype.listen = function (...given) {
  const callback = typeof given.at(-1) === "function" ? [given.pop()] : [];
  const [first, ...rest] = given;
  if (first && typeof first === "object") return listen.call(this, own(first), ...rest, ...callback);
  if (!isPort(first)) return listen.call(this, first, ...rest, ...callback);
  const host = rest.find((value) => typeof value === "string");
  const backlog = rest.find((value) => typeof value === "number");
  return listen.call(this, own({ port: Number(first ?? 0), host, backlog }), ...callback);
};
