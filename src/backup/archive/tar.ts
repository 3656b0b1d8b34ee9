import { BackupDamaged } from '../problems.ts'
import { ByteSource } from './byte-source.ts'

// The ustar format and the extended headers of pax (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"). A
// backup has regular files alone, and an extended header only for a file of 8 GiB or more, whose size ustar cannot say.

const blockSizeBytes = 512
/** ustar has 11 octal digits for a size. */
const ustarSizeMaxBytes = 8 ** 11 - 1
const nameSizeMaxBytes = 100

/** Returns the header of a file with this name of at most 100 ASCII characters. `mtime` is in seconds. */
export function tarHeader(name: string, sizeBytes: number, mtime: number): Buffer {
  if (sizeBytes <= ustarSizeMaxBytes) return ustarHeader(name, sizeBytes, mtime, '0')
  const record = paxRecord('size', String(sizeBytes))
  const extended = Buffer.alloc(blockSizeBytes)
  extended.write(record, 'latin1')
  return Buffer.concat([
    ustarHeader(`PaxHeaders/${name}`.slice(0, nameSizeMaxBytes), record.length, mtime, 'x'),
    extended,
    // Readers take the size of the extended header; the field has no room for it.
    ustarHeader(name, 0, mtime, '0'),
  ])
}

/** Returns the zeros that follow the bytes of a file. */
export const tarPadding = (sizeBytes: number): Buffer =>
  Buffer.alloc((blockSizeBytes - (sizeBytes % blockSizeBytes)) % blockSizeBytes)

/** Returns the end of an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * blockSizeBytes)

function ustarHeader(name: string, sizeBytes: number, mtime: number, type: '0' | 'x'): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Error(`${name} is no name for an archive`)
  const block = Buffer.alloc(blockSizeBytes)
  const octal = (value: number, length: number) => value.toString(8).padStart(length, '0')
  block.write(name, 0, 'latin1')
  block.write(`${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, 'latin1')
  block.write(`${octal(sizeBytes, 11)}\0${octal(mtime, 11)}\0`, 124, 'latin1')
  block.write(`${' '.repeat(8)}${type}`, 148, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${octal(checksumOf(block), 6)}\0 `, 148, 'latin1')
  return block
}

/** The sum of all bytes, with spaces for the sum itself. */
function checksumOf(block: Buffer): number {
  let sum = 0
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte
  return sum
}

/** A record is `LENGTH NAME=VALUE` with a line end, and the length counts its own digits. */
function paxRecord(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length++
  return `${length}${rest}`
}

/** A file of an archive. Its bytes must be read before the next file is. */
export interface TarEntry {
  readonly name: string
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Buffer>
}

const damaged = (problem: string) => new BackupDamaged(`The backup is damaged: ${problem}.`)

/** Reads an archive that a backup wrote, and nothing else. Throws BackupDamaged. */
export async function* readTar(parts: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void, undefined> {
  const source = new ByteSource(parts)
  for (;;) {
    const entry = await readEntryHead(source)
    if (entry === undefined) break
    let left = entry.sizeBytes
    async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
      while (left > 0) {
        const part = await source.readSome(left)
        if (part.length === 0) throw damaged('a file in it is cut off')
        left -= part.length
        yield part
      }
    }
    yield { ...entry, bytes: bytes() }
    if (left > 0) throw new Error(`${entry.name} was not read`)
    const padding = await source.read(tarPadding(entry.sizeBytes).length)
    if (padding.length !== tarPadding(entry.sizeBytes).length) throw damaged('a file in it is cut off')
  }
  const after = await source.readSome(1)
  if (after.length > 0) throw damaged('something follows its end')
}

/** Returns undefined at the end of the archive. */
async function readEntryHead(source: ByteSource): Promise<Omit<TarEntry, 'bytes'> | undefined> {
  const block = await readBlock(source)
  if (isZero(block)) {
    if (!isZero(await readBlock(source))) throw damaged('its archive has no right end')
    return undefined
  }
  const head = parseHeader(block)
  if (head.type !== 'x') return head
  const extended = await readBlock(source)
  const [, length, size = ''] = /^(\d{1,3}) size=(\d{10,15})\n\0*$/.exec(extended.toString('latin1')) ?? []
  const sizeBytes = Number(size)
  if (head.sizeBytes !== Number(length) || paxRecord('size', size).length !== head.sizeBytes)
    throw damaged('its archive has an extended header that no backup has')
  const file = parseHeader(await readBlock(source))
  if (file.type !== '0' || file.sizeBytes !== 0 || sizeBytes <= ustarSizeMaxBytes)
    throw damaged('its archive has an extended header that no backup has')
  return { name: file.name, sizeBytes }
}

async function readBlock(source: ByteSource): Promise<Buffer> {
  const block = await source.read(blockSizeBytes)
  if (block.length < blockSizeBytes) throw damaged('its archive has no end')
  return block
}

const isZero = (block: Buffer) => block.every(byte => byte === 0)

function parseHeader(block: Buffer): Omit<TarEntry, 'bytes'> & { readonly type: string } {
  const text = (from: number, length: number) =>
    block.toString('latin1', from, from + length).replace(/\0.*$/s, '')
  const [name, type] = [text(0, nameSizeMaxBytes), text(156, 1)]
  const [size, mtime, checksum] = [text(124, 12), text(136, 12), text(148, 8)]
  const isRight =
    /^[0-7]{11}$/.test(size) &&
    /^[0-7]{11}$/.test(mtime) &&
    Number.parseInt(checksum, 8) === checksumOf(block)
  // One way to write each header: the block that the writer would make.
  const [sizeBytes, seconds] = [Number.parseInt(size, 8), Number.parseInt(mtime, 8)]
  const isKnown = (type === '0' || type === 'x') && /^[\x21-\x7e]{1,100}$/.test(name)
  if (!isRight || !isKnown || !ustarHeader(name, sizeBytes, seconds, type).equals(block))
    throw damaged('its archive has a header that no backup has')
  return { name, sizeBytes, type }
}
