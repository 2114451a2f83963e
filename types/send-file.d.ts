/// <reference types="node" />

/** Options of Socket.sendFile(). ../index.d.ts says what holds for all of it. */

/** Options of {@link Socket.sendFile}. */
export interface SendFileOptions {
  /**
   * The first byte to send, counted from 0. Where the position of the caller's descriptor is makes no difference, and it stays
   * there. Of a FIFO and other things without positions only 0 is possible.
   * @default 0
   */
  start?: number | undefined;
  /**
   * The last byte to send, that one included, as with `fs.createReadStream()`. Beyond the end of the file it is the end.
   * @default Infinity
   */
  end?: number | undefined;
  /** Gives it up with an AbortError. If a part of the file is on its way already the socket is destroyed with that error. */
  signal?: AbortSignal | undefined;
  /**
   * Called on a later tick whenever the kernel has taken some bytes, 1 MiB at most at a time: how many it has by now, and how many
   * there are to be, undefined for what has no size, as a FIFO.
   */
  onProgress?: ((sent: number, total: number | undefined) => void) | undefined;
}
