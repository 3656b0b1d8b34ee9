/**
 * WebAssembly in its binary form (W3C WebAssembly Core Specification 2.0, 5): the few instructions that arithmetic with large
 * numbers needs. Code is a list of bytes.
 */

export type Code = readonly number[]

/** A function with i32 parameters, i64 locals behind them, and no result. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  readonly i64Locals: number
  readonly body: Code
}

const pageSizeBytes = 65_536
const [i32, i64] = [0x7f, 0x7e]

/** Signed LEB128 (5.2.2), which is unsigned LEB128 with one more bit. */
function leb(value: bigint | number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (;;) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes]
const section = (id: number, contents: Code): Code => [id, ...sized(contents)]
const named = (name: string, kind: number, index: number): Code => [
  ...sized([...Buffer.from(name)]),
  kind,
  ...unsigned(index),
]

/** Instructions (5.4). Locals are numbered from the parameters on. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32Const: (value: number): Code => [0x41, ...leb(value)],
  i64Const: (value: bigint): Code => [0x42, ...leb(BigInt.asIntN(64, value))],
  /** These take the address from the stack. */
  load64: (offset: number): Code => [0x29, 3, ...unsigned(offset)],
  load32: (offset: number): Code => [0x35, 2, ...unsigned(offset)],
  store64: (offset: number): Code => [0x37, 3, ...unsigned(offset)],
  store32: (offset: number): Code => [0x3e, 2, ...unsigned(offset)],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  add: [0x7c],
  sub: [0x7d],
  mul: [0x7e],
  and: [0x83],
  or: [0x84],
  xor: [0x85],
  shiftRightSigned: [0x87],
  shiftRight: [0x88],
  toI64Signed: [0xac],
  /** Repeats the body until the i32 that it leaves on the stack is zero. */
  repeat: (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
} as const

/** The exported functions of a module by their names, and its memory. */
export interface WasmModule {
  readonly functions: Readonly<Record<string, (...parameters: number[]) => void>>
  readonly memory: ArrayBuffer
}

/** The part of the WebAssembly JavaScript Interface that `instantiate` uses. */
interface WasmInterface {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** Compiles functions, which share a memory of at least so many bytes. */
export function instantiate(functions: readonly WasmFunction[], memorySizeBytes: number): WasmModule {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmInterface }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(encode(functions, memorySizeBytes)))
  const { memory } = exports as { memory: { buffer: ArrayBuffer } }
  return { functions: exports as WasmModule['functions'], memory: memory.buffer }
}

function encode(functions: readonly WasmFunction[], memorySizeBytes: number): Uint8Array {
  const types = functions.map(({ parameters }) => [0x60, ...vector(Array(parameters).fill([i32])), 0])
  const indexes = functions.map((_, index) => unsigned(index))
  const exports = functions.map(({ name }, index) => named(name, 0, index))
  const bodies = functions.map(({ i64Locals, body }) =>
    sized([...vector([[...unsigned(i64Locals), i64]]), ...body, 0x0b]),
  )
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(3, vector(indexes)),
    ...section(5, vector([[0, ...unsigned(Math.ceil(memorySizeBytes / pageSizeBytes))]])),
    ...section(7, vector([...exports, named('memory', 2, 0)])),
    ...section(10, vector(bodies)),
  ])
}
