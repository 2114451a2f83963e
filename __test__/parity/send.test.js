'use strict';

const { scenario } = require('./harness.js');

const CHILDREN = { limit: 20_000 };
const CASES = {
  'a socket is sent to a child process': 'socket',
  'a server is sent to a child process': 'server',
  'sockets that were sent still count': 'connections',
  'what is no handle is refused': 'not a handle',
};

for (const [title, name] of Object.entries(CASES)) {
  scenario(`trap 30: ${title}`, CHILDREN, async (net, t) => {
    // Two processes write to one pipe: only the order of the lines of one of them is fixed.
    await t.child('parent', 'send.js', name, { laneOf: (line) => line.split(' ')[0] });
  });
}
