'use strict';

/** Starts callers that make one call after another; returns a function that counts the calls that are done. */
function callers(number, call) {
  let done = 0;
  const again = async (index) => {
    for (;;) {
      await call(index);
      done += 1;
    }
  };
  for (let index = 0; index < number; index++) again(index);
  return () => done;
}

module.exports = { callers };
