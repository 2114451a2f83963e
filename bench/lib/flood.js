'use strict';

/** Writes a message again and again, as a careful user does: until write() says no, then from the next 'drain'. */
function flood(socket, message) {
  const pump = () => {
    while (socket.write(message));
  };
  socket.on('drain', pump);
  pump();
}

module.exports = { flood };
