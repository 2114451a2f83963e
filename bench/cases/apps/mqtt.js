'use strict';

// An MQTT broker (aedes): one publisher, --connections subscribers of its topic, --depth messages of --size bytes under way.
// Counted are deliveries, at the far end.

const { runRate } = require('../../lib/case');

runRate(async (subject) => {
  const { Aedes } = require('aedes');
  const { connections, depth, size } = subject.options;
  const broker = await Aedes.createBroker();
  const { port } = await subject.serve(broker.handle);
  const far = subject.far('mqtt.js', { port, connections, depth, size });
  return { unit: 'deliveries', count: async () => (await far.ask('count')).count };
});
