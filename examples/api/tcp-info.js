'use strict';

// Shows: TcpInfo, Socket
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('hello');
  await once(socket, 'data');
  if (process.platform === 'linux') {
    print(socket.tcpInfo());
  } else {
    try {
      socket.tcpInfo();
    } catch (error) {
      if (error.code !== 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM') throw error;
    }
  }
  console.log('done');
  socket.destroy();
  server.close();
}

/** What there is to be told. Times are in milliseconds, rates in bytes a second. */
function print(info) {
  const { state, timestamps, selectiveAcks, windowScaling, fastOpenData, congestionNotification } = info;
  const connection = {
    state,
    timestamps,
    selectiveAcks,
    windowScaling,
    fastOpenData,
    congestionNotification,
  };
  const { rtt, rttVariance, minRtt, receiveRtt, retransmissionTimeout, ackTimeout } = info;
  const { sinceDataSent, sinceDataReceived, sinceAckReceived } = info;
  const { busyTime, receiveWindowLimitedTime, sendBufferLimitedTime } = info;
  const times = [rtt, rttVariance, minRtt, receiveRtt, retransmissionTimeout, ackTimeout, sinceDataSent];
  times.push(sinceDataReceived, sinceAckReceived);
  times.push(busyTime, receiveWindowLimitedTime, sendBufferLimitedTime);
  const { congestionState, congestionWindow, slowStartThreshold, reordering } = info;
  const { deliveryRate, deliveryRateAppLimited, pacingRate, maxPacingRate } = info;
  const congestion = { congestionState, congestionWindow, slowStartThreshold, reordering, deliveryRate };
  Object.assign(congestion, { deliveryRateAppLimited, pacingRate, maxPacingRate });
  const { retransmits, totalRetransmits, retransmitted, lost, sacked, duplicateSacks, probes, backoff } =
    info;
  const losses = {
    retransmits,
    totalRetransmits,
    retransmitted,
    lost,
    sacked,
    duplicateSacks,
    probes,
    backoff,
  };
  const { unacked, notSentBytes, sendWindow, receiveWindow } = info;
  const { bytesSent, bytesAcked, bytesReceived, bytesRetransmitted } = info;
  const bytes = { unacked, notSentBytes, sendWindow, receiveWindow, bytesSent, bytesAcked, bytesReceived };
  Object.assign(bytes, { bytesRetransmitted });
  const { segmentsIn, segmentsOut, dataSegmentsIn, dataSegmentsOut } = info;
  const { delivered, deliveredCongestionMarked } = info;
  const segments = { segmentsIn, segmentsOut, dataSegmentsIn, dataSegmentsOut, delivered };
  Object.assign(segments, { deliveredCongestionMarked });
  const { sendMss, receiveMss, advertisedMss, pathMtu, receiveSpace, receiveSlowStartThreshold } = info;
  const sizes = { sendMss, receiveMss, advertisedMss, pathMtu, receiveSpace, receiveSlowStartThreshold };
  // An older kernel tells less.
  const isComplete = times.every((time) => time >= 0);
  if (state !== 'ESTABLISHED' || (bytesReceived ?? 5) !== 5 || rtt <= 0) {
    console.log({ isComplete, connection, congestion, losses, bytes, segments, sizes });
  }
}

main();

// Prints:
// done
