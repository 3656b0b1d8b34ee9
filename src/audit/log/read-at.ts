import type { FileHandle } from 'node:fs/promises'

/** Reads a part of a file, or as much of it as there is. */
export async function readAt(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const { size } = await handle.stat()
  const bytes = Buffer.alloc(Math.max(0, Math.min(end, size) - start))
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
  return bytes.subarray(0, bytesRead)
}
