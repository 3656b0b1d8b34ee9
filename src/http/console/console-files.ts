import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompress, gzip } from 'node:zlib'
import { parseJson, sha256 } from '../../std/index.ts'

/** The encodings of an answer that the server has (RFC 9110, 8.4.1), the smallest first. */
export const encodings = ['br', 'gzip', 'identity'] as const
export type Encoding = (typeof encodings)[number]

/** A built file of the console. */
export interface ConsoleFile {
  /** The value of Content-Type. */
  readonly type: string
  /** A strong validator of this content in this encoding, with its quotes (RFC 9110, 8.8.3). */
  readonly etag: string
  /** The content in the encoding, a character a byte. */
  readonly body: string
}

/** The list that the build writes: the type of each file, and the hash of the inline import map for the policy. */
interface FileList {
  readonly importMapHash: string
  readonly files: Readonly<Record<string, { readonly type: string }>>
}

const decompress = promisify(brotliDecompress)
const compress = promisify(gzip)

/** The built files of the console: on disk as Brotli, the other encodings made once, at the first request for each. */
export class ConsoleFiles {
  /** The hash of the inline import map, as a source of `script-src`. */
  readonly importMapHash: string
  readonly #directory: string
  readonly #types: ReadonlyMap<string, string>
  readonly #contents = new Map<string, Promise<ConsoleFile>>()

  private constructor(directory: string, list: FileList) {
    this.#directory = directory
    this.importMapHash = list.importMapHash
    this.#types = new Map(Object.entries(list.files).map(([name, { type }]) => [name, type]))
  }

  /** Reads the list of the files in a directory. Throws what reading a file throws. */
  static async open(directory: string): Promise<ConsoleFiles> {
    const text = await readFile(join(directory, listName), 'utf8')
    return new ConsoleFiles(directory, parseJson(text) as unknown as FileList)
  }

  /** Returns a file; undefined for a name that the build has not listed. Only listed names reach the disk. */
  find(name: string, encoding: Encoding): Promise<ConsoleFile> | undefined {
    const type = this.#types.get(name)
    if (type === undefined) return undefined
    const id = `${encoding} ${name}`
    const known = this.#contents.get(id)
    if (known !== undefined) return known
    const content = this.#read(name, encoding, type)
    this.#contents.set(id, content)
    content.catch(() => this.#contents.delete(id))
    return content
  }

  async #read(name: string, encoding: Encoding, type: string): Promise<ConsoleFile> {
    const packed = await readFile(join(this.#directory, `${name}.br`))
    const bytes = encoding === 'br' ? packed : await decompress(packed)
    const content = encoding === 'gzip' ? await compress(bytes, { level: 9 }) : bytes
    return { type, etag: `"${sha256(content).toString('base64url')}"`, body: content.toString('latin1') }
  }
}

/** The name of the list of files. Its presence says that the console is built. */
export const listName = 'files.json'

/**
 * Chooses the encoding of an answer by Accept-Encoding (RFC 9110, 12.5.3). A request without this header gets plain bytes, as does
 * one that refuses everything: an answer that it can read is better than none.
 */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding {
  const weights = new Map(
    (acceptEncoding ?? '').split(',').map(item => {
      const [coding = '', ...parameters] = item.split(';').map(part => part.trim().toLowerCase())
      const weight = parameters.find(parameter => parameter.startsWith('q='))
      return [coding, weight === undefined ? 1 : Number(weight.slice(2))] as const
    }),
  )
  const isTaken = (coding: Encoding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0
  return encodings.find(coding => coding !== 'identity' && isTaken(coding)) ?? 'identity'
}
