'use strict';

require('../helpers/cluster-listen.js').listenTests('none');
