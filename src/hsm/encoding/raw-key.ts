import type { KeyObject } from 'node:crypto'

/** Exports a key in one of Node's raw formats, which its types do not know. The caller wipes a private one. */
export function exportRaw(key: KeyObject, format: 'raw-private' | 'raw-public' | 'raw-seed'): Buffer {
  return key.export({ format } as never) as unknown as Buffer
}
