import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// The part of WebAssembly's interface that is used here; TypeScript declares it for browsers alone.
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (module: object, imports: { readonly env: object }) => { readonly exports: unknown }
}

/** The functions of llhttp that a parser uses (https://llhttp.org, built as WebAssembly by undici). */
interface LlhttpExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  _initialize(): void
  malloc(sizeBytes: number): number
  llhttp_alloc(type: number): number
  llhttp_free(parser: number): void
  llhttp_execute(parser: number, at: number, sizeBytes: number): number
  llhttp_resume(parser: number): void
  llhttp_resume_after_upgrade(parser: number): void
  llhttp_get_error_pos(parser: number): number
  llhttp_get_method(parser: number): number
}

/** Called by llhttp while it parses. A value that is not 0 stops it, and `execute` returns that value. */
export interface ParserEvents {
  onTarget(at: number, sizeBytes: number): number
  onHeaderName(at: number, sizeBytes: number): number
  onHeaderValue(at: number, sizeBytes: number): number
  onHeadComplete(keepsAlive: boolean): number
  onBody(at: number, sizeBytes: number): number
  onMessageComplete(): number
}

/** The codes of llhttp that its caller must know (`llhttp/constants.js`). Every other code is an error. */
export const parserCodes = { ok: 0, paused: 21, pausedForUpgrade: 22, refusedByCaller: 24 } as const

const requestType = 1

/** The bytes of input that one call of `execute` takes at most: as many as Node reads from a socket at once. */
const inputSizeMaxBytes = 64 * 1024

/** V8's default, to which a test holds it, and a value that takes some hundred times as long to use up. */
export const tieringBudget = { usual: 13_000_000, long: 1_000_000_000 }

/**
 * Makes the module. With V8's usual budget, the first request makes V8 optimize the parser, which costs as much as a tenth of a
 * start. With this one, servers that answer more than some dozen requests pay for it. Both settings are made here, so that
 * nothing else sees a flag that is different: code caches count for the flags with which they were made.
 */
function makeModule(binary: Uint8Array): object {
  setFlagsFromString(`--wasm-tiering-budget=${tieringBudget.long}`)
  try {
    return new WebAssembly.Module(binary)
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${tieringBudget.usual}`)
  }
}

/**
 * The one instance of llhttp, with one buffer for input, which all parsers share. llhttp works on one piece of input at a
 * time, and nobody else runs meanwhile: its events only note positions.
 */
export class Llhttp {
  readonly #exports: LlhttpExports
  readonly #input: number
  #view: Uint8Array
  /** The buffer whose bytes, from `#loadedFrom` on, are the input. */
  #loaded: Buffer | undefined
  #loadedFrom = 0
  #events: ParserEvents | undefined

  constructor() {
    const require = createRequire(import.meta.url)
    // This file alone: all of undici takes longer to load than the rest of the server.
    const binary: Uint8Array = require('undici/lib/llhttp/llhttp_simd-wasm.js')
    const env = this.#callbacks()
    const { exports } = new WebAssembly.Instance(makeModule(binary), { env })
    this.#exports = exports as LlhttpExports
    this.#exports._initialize()
    this.#input = this.#exports.malloc(inputSizeMaxBytes)
    this.#view = this.#makeView()
  }

  /** The method names by llhttp's numbers. */
  static readMethodNames(): readonly string[] {
    const require = createRequire(import.meta.url)
    const { METHODS }: { METHODS: Record<string, number> } = require('undici/lib/llhttp/constants.js')
    const names: string[] = []
    for (const [name, number] of Object.entries(METHODS)) names[number] = name
    return names
  }

  /** Allocates the state of a parser of requests. llhttp is strict unless a lenient flag is set, and none is. */
  allocate(): number {
    return this.#exports.llhttp_alloc(requestType)
  }

  free(parser: number): void {
    this.#exports.llhttp_free(parser)
  }

  methodOf(parser: number): number {
    return this.#exports.llhttp_get_method(parser)
  }

  /** The bytes of WebAssembly memory, which grows with the number of parsers. */
  get memorySizeBytes(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /**
   * Makes the bytes of a buffer from `start` on the input, as many as fit, and returns the address of the byte at
   * `start`. A buffer that is the input already, from the call before, is not copied again.
   */
  load(buffer: Buffer, start: number): number {
    const isLoaded = this.#loaded === buffer && start >= this.#loadedFrom
    if (isLoaded && start < this.#loadedFrom + inputSizeMaxBytes)
      return this.#input + (start - this.#loadedFrom)
    // The memory moves when it grows.
    if (this.#view.length === 0) this.#view = this.#makeView()
    const isWhole = start === 0 && buffer.length <= inputSizeMaxBytes
    this.#view.set(isWhole ? buffer : buffer.subarray(start, start + inputSizeMaxBytes))
    this.#loaded = buffer
    this.#loadedFrom = start
    return this.#input
  }

  /** The bytes of a buffer that are input after the one at `start`, which is. */
  loadedSizeBytes(buffer: Buffer, start: number): number {
    return Math.min(buffer.length, this.#loadedFrom + inputSizeMaxBytes) - start
  }

  /** Parses input. Returns one of `parserCodes` or the code of an error. */
  execute(parser: number, events: ParserEvents, at: number, sizeBytes: number): number {
    if (this.#events !== undefined) throw new Error('llhttp is parsing already')
    this.#events = events
    try {
      let code = this.#exports.llhttp_execute(parser, at, sizeBytes)
      // Upgrades are not offered: the bytes that follow are the next request (RFC 9110, 7.8).
      while (code === parserCodes.pausedForUpgrade) {
        this.#exports.llhttp_resume_after_upgrade(parser)
        code = this.#exports.llhttp_execute(parser, at, sizeBytes)
      }
      return code
    } finally {
      this.#events = undefined
    }
  }

  /** Ends the pause of a parser, and returns the address at which it paused. */
  resume(parser: number): number {
    const at = this.#exports.llhttp_get_error_pos(parser)
    this.#exports.llhttp_resume(parser)
    return at
  }

  #makeView(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, this.#input, inputSizeMaxBytes)
  }

  #callbacks(): object {
    const events = () => this.#events as ParserEvents
    return {
      wasm_on_message_begin: () => 0,
      wasm_on_status: () => 0,
      wasm_on_url: (_: number, at: number, size: number) => events().onTarget(at, size),
      wasm_on_header_field: (_: number, at: number, size: number) => events().onHeaderName(at, size),
      wasm_on_header_value: (_: number, at: number, size: number) => events().onHeaderValue(at, size),
      wasm_on_headers_complete: (_: number, _status: number, _isUpgrade: number, keepsAlive: number) =>
        events().onHeadComplete(keepsAlive === 1),
      wasm_on_body: (_: number, at: number, size: number) => events().onBody(at, size),
      wasm_on_message_complete: () => events().onMessageComplete(),
    }
  }
}
