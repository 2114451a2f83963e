'use strict';

// Sockets and servers between processes: what this copy offers to the hooks in core's channels (patches/channels.js).
const detach = require('./detach.js');
const { onInternalMessage, receive } = require('./receive.js');
const { passageOf } = require('./send.js');
const { prepareStdio } = require('./stdio.js');
const { copy } = require('../engine/native.js');
const patch = require('../patches/channels.js');

function install() {
  detach.install();
  copy.handover = { onInternalMessage, passageOf, prepareStdio, receive };
  patch.install();
}

module.exports = { install };
