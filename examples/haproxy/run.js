'use strict';

// Starts HAProxy and two machines of the service, then takes one after the other out and back in, as an update would, while clients
// go on connecting. Nobody is to notice. Needs `haproxy` on PATH.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const net = require('oxinet');

/** Whatever ends this program, nothing that it has started stays behind. */
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a machine, or starts it again on its port. */
async function start(name, port = 0) {
  const child = spawn(process.execPath, [path.join(__dirname, 'service.js'), name, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, name, port: Number(/\d+/.exec(text)[0]) };
}

async function stop(machine) {
  machine.child.kill('SIGTERM');
  const [code] = await once(machine.child, 'exit');
  return code;
}

/** One conversation; the name of the machine that answered. */
async function ask(front) {
  const socket = net.connect(front, '127.0.0.1');
  await once(socket, 'connect');
  const { localPort: port } = socket;
  let answer = '';
  socket.setEncoding('utf8').end('hello\n');
  for await (const text of socket) answer += text;
  const [, name, client] = /^(\w) (\S+) hello\n$/.exec(answer) ?? [];
  // The machine has been told our address, although it talks to HAProxy.
  if (client !== `127.0.0.1:${port}`) throw new Error(`unexpected answer '${answer}'`);
  return name;
}

/** Asks again and again until it is stopped. */
function load(port) {
  const told = { conversations: 0, failures: 0, by: {} };
  let running = true;
  const client = async () => {
    while (running) {
      try {
        const name = await ask(port);
        told.conversations++;
        told.by[name] = (told.by[name] ?? 0) + 1;
      } catch (error) {
        told.failures++;
        console.error(`client: ${error.message}`);
      }
      await delay(2);
    }
  };
  const clients = Array.from({ length: 4 }, client);
  const stopped = async () => {
    running = false;
    await Promise.all(clients);
    return told;
  };
  return { stopped, told };
}

/** HAProxy takes a moment to start. */
async function untilItWorks(port, proxy) {
  for (;;) {
    if (proxy.exitCode !== null) throw new Error('HAProxy did not start');
    try {
      await ask(port);
      return;
    } catch {
      await delay(20);
    }
  }
}

/** Waits until each machine in the list has answered anew. */
async function untilAnswered(told, names) {
  const before = { ...told.by };
  while (names.some((name) => (told.by[name] ?? 0) <= (before[name] ?? 0))) await delay(10);
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
  let machines = [await start('a'), await start('b')];
  // HAProxy listens on a socket of ours, so that the system can choose the port.
  const front = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = front.address();
  const [PORT_A, PORT_B] = machines.map((machine) => String(machine.port));
  const proxy = spawn('haproxy', ['-db', '-f', path.join(__dirname, 'haproxy.cfg')], {
    env: { ...process.env, RUN: folder, FRONT_FD: '3', PORT_A, PORT_B },
    stdio: ['ignore', 'ignore', 'ignore', front.fd()],
  });
  children.add(proxy);
  await once(proxy, 'spawn');
  front.close();
  await untilItWorks(port, proxy);
  const { stopped, told } = load(port);
  await untilAnswered(told, ['a', 'b']);
  console.log('both machines answer');

  // A client that stays through all of it.
  const guest = net.connect(port, '127.0.0.1').setEncoding('utf8');
  guest.write('stays\n');
  const [greeting] = await once(guest, 'data');
  const home = greeting[0];

  for (const machine of machines) {
    const others = machines.filter((one) => one !== machine);
    const ended = stop(machine);
    // It still answers on connections that it has.
    if (machine.name === home) {
      guest.end('still there\n');
      const [answer] = await once(guest, 'data');
      console.log(`the machine that drains answers its guest: ${answer.startsWith(`${home} `)}`);
    }
    await untilAnswered(
      told,
      others.map(({ name }) => name),
    );
    if ((await ended) !== 0) throw new Error(`${machine.name} did not end well`);
    console.log(`${machine.name} is out, the other one answers`);
    const again = await start(machine.name, machine.port);
    machines = machines.map((one) => (one === machine ? again : one));
    await untilAnswered(told, ['a', 'b']);
    console.log(`${machine.name} is back`);
  }

  const { conversations, failures } = await stopped();
  console.log(`conversations: ${conversations > 50 ? 'many' : conversations}, failures: ${failures}`);
  await Promise.all(machines.map(stop));
  proxy.kill();
  await once(proxy, 'exit');
  fs.rmSync(folder, { recursive: true });
}

main();
