'use strict';

// An MQTT broker (aedes) and MQTT.js clients over TCP: all levels of service, large payloads, retained messages,
// a will, reconnection after the broker drops the connection, a broker that does not answer.

const assert = require('node:assert');

const MIB = 1024 * 1024;

async function run(ctx) {
  const mqtt = require('mqtt');
  const { Aedes } = require('aedes');
  const broker = await Aedes.createBroker({ concurrency: 200 });
  ctx.defer(() => new Promise((resolve) => broker.close(resolve)));
  const server = ctx.net.createServer(broker.handle);
  const { port } = await ctx.listen(server);
  broker.on('client', (client) => ctx.own(client.conn, "the broker's socket"));
  const connect = async (options = {}) => {
    const client = await ctx.within(
      mqtt.connectAsync({ host: '127.0.0.1', port, reconnectPeriod: 50, ...options }),
      'connect',
    );
    ctx.own(client.stream, "the client's socket");
    ctx.defer(() => client.endAsync(true));
    return client;
  };

  const publisher = await connect({ clientId: 'publisher', keepalive: 1 });
  const subscriber = await connect({ clientId: 'subscriber' });
  for (const qos of [0, 1, 2]) await publish(ctx, publisher, subscriber, qos);
  await large(ctx, publisher, subscriber);
  await fanOut(ctx, publisher, connect);
  await retained(ctx, publisher, subscriber);
  await will(ctx, subscriber, connect);
  await dropped(ctx, broker, publisher, subscriber);
  await silentServer(ctx, mqtt);
}

/** Collects `count` messages of one topic, in the order they come. */
function collect(ctx, client, topic, count) {
  const payloads = [];
  return ctx.within(
    new Promise((resolve) => {
      const listener = (from, payload) => {
        if (from !== topic || payloads.push(payload) < count) return;
        client.off('message', listener);
        resolve(payloads);
      };
      client.on('message', listener);
    }),
    `${count} messages on ${topic}`,
  );
}

async function publish(ctx, publisher, subscriber, qos) {
  const topic = `level/${qos}`;
  const sent = Array.from({ length: 300 }, (_, i) => ctx.data(1 + i * 29, `${topic} ${i}`));
  await ctx.within(subscriber.subscribeAsync(topic, { qos }), 'SUBSCRIBE');
  const received = collect(ctx, subscriber, topic, sent.length);
  await ctx.within(
    Promise.all(sent.map((payload) => publisher.publishAsync(topic, payload, { qos }))),
    'PUBLISH',
  );
  ctx.sameBytes(Buffer.concat(await received), Buffer.concat(sent), `messages at level ${qos}`);
  ctx.operation(sent.length);
}

async function large(ctx, publisher, subscriber) {
  const payload = ctx.data(8 * MIB, 'large');
  await ctx.within(subscriber.subscribeAsync('large', { qos: 1 }), 'SUBSCRIBE');
  const received = collect(ctx, subscriber, 'large', 2);
  for (let i = 0; i < 2; i++)
    await ctx.within(publisher.publishAsync('large', payload, { qos: 1 }), 'PUBLISH of 8 MiB');
  for (const message of await received) ctx.sameBytes(message, payload, 'a message of 8 MiB');
  ctx.operation(2);
}

async function fanOut(ctx, publisher, connect) {
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect()));
  await Promise.all(clients.map((client) => client.subscribeAsync('all')));
  const received = clients.map((client) => collect(ctx, client, 'all', 10));
  const sent = Array.from({ length: 10 }, (_, i) => ctx.data(5000 + i, `all ${i}`));
  for (const payload of sent) publisher.publish('all', payload);
  for (const payloads of await Promise.all(received)) {
    ctx.sameBytes(Buffer.concat(payloads), Buffer.concat(sent), 'messages to all');
    ctx.operation(payloads.length);
  }
  await ctx.within(Promise.all(clients.map((client) => client.endAsync())), 'DISCONNECT');
}

async function retained(ctx, publisher, subscriber) {
  const payload = ctx.data(100_000, 'retained');
  await ctx.within(
    publisher.publishAsync('kept', payload, { qos: 1, retain: true }),
    'PUBLISH of a retained message',
  );
  const received = collect(ctx, subscriber, 'kept', 1);
  await ctx.within(subscriber.subscribeAsync('kept'), 'SUBSCRIBE');
  ctx.sameBytes((await received)[0], payload, 'the retained message');
  ctx.operation();
}

/** A client that vanishes by a reset, without DISCONNECT: the broker publishes its will. */
async function will(ctx, subscriber, connect) {
  await ctx.within(subscriber.subscribeAsync('wills'), 'SUBSCRIBE');
  const received = collect(ctx, subscriber, 'wills', 1);
  const mortal = await connect({
    will: { topic: 'wills', payload: Buffer.from('gone') },
    reconnectPeriod: 0,
  });
  const closed = ctx.first(mortal, ['close']);
  mortal.stream.resetAndDestroy();
  await closed;
  assert.strictEqual(String((await received)[0]), 'gone');
  ctx.operation();
}

/** The broker resets the subscriber's connection: an error, then a new connection and the subscriptions again. */
async function dropped(ctx, broker, publisher, subscriber) {
  const events = [];
  subscriber.on('error', (error) => ctx.failure('reset by the broker', error));
  for (const name of ['close', 'offline', 'reconnect', 'connect'])
    subscriber.on(name, () => events.push(name));
  const socket = subscriber.stream;
  const failed = ctx.first(socket, ['error'], 'the error of the reset');
  const back = ctx.first(subscriber, ['connect'], 'a new connection');
  broker.clients.subscriber.conn.resetAndDestroy();
  ctx.failure('reset by the broker', (await failed).args[0]);
  await back;
  ctx.failure('events', events.join(' '));
  assert.notStrictEqual(subscriber.stream, socket);
  ctx.own(subscriber.stream, 'socket after the reconnection');
  await ctx.within(subscriber.subscribeAsync('again', { qos: 1 }), 'SUBSCRIBE');
  const received = collect(ctx, subscriber, 'again', 1);
  const payload = ctx.data(MIB, 'again');
  await ctx.within(publisher.publishAsync('again', payload, { qos: 1 }), 'PUBLISH');
  ctx.sameBytes((await received)[0], payload, 'a message after the reconnection');
  ctx.operation();
}

async function silentServer(ctx, mqtt) {
  const server = ctx.net.createServer((socket) => socket.resume());
  const { port } = await ctx.listen(server);
  const connecting = mqtt.connectAsync(
    { host: '127.0.0.1', port, connectTimeout: 200, reconnectPeriod: 0 },
    false,
  );
  ctx.failure('broker silent', await ctx.rejection(connecting, 'connect to a silent broker'));
}

module.exports = { name: 'MQTT broker (aedes) and client (MQTT.js)', run };
