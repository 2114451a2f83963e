'use strict';

/** How the ES modules that stand for Node's take their names anew: functions, one for each that was loaded. */
const faces = new Set();

/** module.syncBuiltinESMExports() that sets the names of those, too. */
function wrapSync(original) {
  return function syncBuiltinESMExports() {
    const result = Reflect.apply(original, this, arguments);
    for (const takeNames of faces) takeNames();
    return result;
  };
}

module.exports = { faces, wrapSync };
