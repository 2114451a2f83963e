'use strict';

// The clients of cases/apps/mqtt.js over core's net: no more of the protocol (3.1.1) than a publisher and subscribers at
// level 0 need, so that the broker is what is measured. Answers each line of stdin with the deliveries so far.

const net = require('node:net');
const { once } = require('node:events');
const { answerCounts, farOptions } = require('./options');

const TOPIC = 'all';
const CONNACK_BYTES = 4;
const SUBACK_BYTES = 5;
const CLEAN_SESSION = 2;
const VERSION = 4;

const { port, connections, size, depth } = farOptions();

function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** A packet with a body of less than 16 KiB. */
function packet(type, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

const connectPacket = (id) =>
  packet(0x10, text('MQTT'), Buffer.from([VERSION, CLEAN_SESSION, 0, 0]), text(id));
const subscribePacket = packet(0x82, Buffer.from([0, 1]), text(TOPIC), Buffer.from([0]));
const publishPacket = packet(0x30, text(TOPIC), Buffer.alloc(size, 'x'));

async function dial(id) {
  const socket = net.connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(connectPacket(id));
  return socket;
}

async function main() {
  let bytes = 0;
  let published = 0;
  let subscribed = 0;
  const publisher = await dial('publisher');
  await once(publisher, 'data');
  const deliveries = () => bytes / publishPacket.length;
  const publish = () => {
    while (published - deliveries() / connections < depth) {
      published += 1;
      publisher.write(publishPacket);
    }
  };
  const subscribe = async (index) => {
    const socket = await dial(`subscriber-${index}`);
    socket.write(subscribePacket);
    let before = CONNACK_BYTES + SUBACK_BYTES;
    socket.on('data', (chunk) => {
      const skipped = Math.min(before, chunk.length);
      before -= skipped;
      bytes += chunk.length - skipped;
      if (skipped > 0 && before === 0) subscribed += 1;
      if (subscribed === connections) publish();
    });
  };
  for (let index = 0; index < connections; index++) await subscribe(index);
  answerCounts(() => Math.floor(deliveries()));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
