import { type Code, op, type WasmFunction } from './wasm-module.ts'

/**
 * Arithmetic modulo an odd number, as straight WebAssembly: no branch and no address depends on a value, so the time does not
 * either. A number is a row of 29-bit limbs, the lowest first, in 32 bits each, and always below its modulus.
 */

export const limbBits = 29
const limbMask = (1n << BigInt(limbBits)) - 1n

export interface Layout {
  readonly limbs: number
  /** The size of a number in memory. It is a multiple of 8. */
  readonly sizeBytes: number
}

/** As many limbs as hold twice a number of so many bits. */
export function layoutFor(bits: number): Layout {
  const limbs = Math.ceil((bits + 1) / limbBits)
  return { limbs, sizeBytes: 8 * Math.ceil(limbs / 2) }
}

export const limbsOf = (value: bigint, { limbs }: Layout): bigint[] =>
  Array.from({ length: limbs }, (_, i) => (value >> BigInt(i * limbBits)) & limbMask)

const [out, left, right] = [0, 1, 2]
const parameters = 3
const { get, set, tee, i64Const } = op
const mask = [...i64Const(limbMask), ...op.and]
const carry = [...i64Const(BigInt(limbBits)), ...op.shiftRight]
const borrow = [...i64Const(BigInt(limbBits)), ...op.shiftRightSigned]

/** The locals of one function: rows of limbs, and single ones. */
class Locals {
  count = 0
  row(length: number): number[] {
    return Array.from({ length }, () => parameters + this.count++)
  }
  one(): number {
    return parameters + this.count++
  }
}

const loadRow = (from: number, row: readonly number[]): Code =>
  row.flatMap((limb, i) => [...get(from), ...op.load32(4 * i), ...set(limb)])

/** Adds a product to the accumulator; `factor` gives one side of it, which may be a constant. */
const addProduct = (acc: number, a: Code, b: Code): Code => [
  ...get(acc),
  ...a,
  ...b,
  ...op.mul,
  ...op.add,
  ...set(acc),
]

/** Stores row mod modulus: the row is below twice the modulus. */
function reduceOnce(row: readonly number[], modulus: readonly bigint[], locals: Locals): Code {
  const less = locals.row(row.length)
  const acc = locals.one()
  const code: number[] = [...i64Const(0n), ...set(acc)]
  for (const [i, limb] of row.entries())
    code.push(
      ...get(acc),
      ...get(limb),
      ...op.add,
      ...i64Const(modulus[i] ?? 0n),
      ...op.sub,
      ...tee(acc),
      ...mask,
      ...set(less[i] ?? 0),
      ...get(acc),
      ...borrow,
      ...set(acc),
    )
  // The accumulator is 0, or all ones if the row is below the modulus.
  for (const [i, limb] of row.entries()) {
    const other = less[i] ?? 0
    const chosen = [...get(other), ...get(limb), ...get(other), ...op.xor, ...get(acc), ...op.and, ...op.xor]
    code.push(...get(out), ...chosen, ...op.store32(4 * i))
  }
  return code
}

/** left · right / R, where R = 2^(29 · limbs) (Montgomery 1985; by columns). */
function montgomeryProduct(modulus: bigint, layout: Layout): WasmFunction {
  const { limbs } = layout
  const locals = new Locals()
  const [a, b, m, result] = [locals.row(limbs), locals.row(limbs), locals.row(limbs), locals.row(limbs)]
  const acc = locals.one()
  const modulusLimbs = limbsOf(modulus, layout)
  const factor = negativeInverse(modulus)
  const code: number[] = [...loadRow(left, a), ...loadRow(right, b), ...i64Const(0n), ...set(acc)]
  const addModulus = (i: number, j: number) => {
    const limb = modulusLimbs[j] ?? 0n
    if (limb !== 0n) code.push(...addProduct(acc, get(m[i] ?? 0), i64Const(limb)))
  }
  for (let column = 0; column < 2 * limbs; column++) {
    for (let i = Math.max(0, column - limbs + 1); i <= Math.min(column, limbs - 1); i++)
      code.push(...addProduct(acc, get(a[i] ?? 0), get(b[column - i] ?? 0)))
    for (let i = Math.max(0, column - limbs + 1); i < Math.min(column, limbs); i++) addModulus(i, column - i)
    if (column < limbs) {
      code.push(...get(acc), ...i64Const(factor), ...op.mul, ...mask, ...set(m[column] ?? 0))
      addModulus(column, 0)
    } else code.push(...get(acc), ...mask, ...set(result[column - limbs] ?? 0))
    code.push(...get(acc), ...carry, ...set(acc))
  }
  code.push(...reduceOnce(result, modulusLimbs, locals))
  return { name: 'multiply', parameters, i64Locals: locals.count, body: code }
}

/** −1 / modulus mod 2^29. */
function negativeInverse(modulus: bigint): bigint {
  let inverse = 1n
  for (let bits = 1; bits < limbBits; bits *= 2) inverse = (inverse * (2n - modulus * inverse)) & limbMask
  return -inverse & limbMask
}

function sum(modulus: bigint, layout: Layout): WasmFunction {
  const locals = new Locals()
  const [row, acc] = [locals.row(layout.limbs), locals.one()]
  const code: number[] = [...i64Const(0n), ...set(acc)]
  for (const [i, limb] of row.entries()) {
    const added = [left, right].flatMap(side => [...get(side), ...op.load32(4 * i), ...op.add])
    code.push(...get(acc), ...added, ...tee(acc), ...mask, ...set(limb), ...get(acc), ...carry, ...set(acc))
  }
  code.push(...reduceOnce(row, limbsOf(modulus, layout), locals))
  return { name: 'add', parameters, i64Locals: locals.count, body: code }
}

function difference(modulus: bigint, layout: Layout): WasmFunction {
  const locals = new Locals()
  const [row, acc, isBelow] = [locals.row(layout.limbs), locals.one(), locals.one()]
  const code: number[] = [...i64Const(0n), ...set(acc)]
  for (const [i, limb] of row.entries()) {
    code.push(...get(acc), ...get(left), ...op.load32(4 * i), ...op.add, ...get(right), ...op.load32(4 * i))
    code.push(...op.sub, ...tee(acc), ...mask, ...set(limb), ...get(acc), ...borrow, ...set(acc))
  }
  code.push(...get(acc), ...set(isBelow), ...i64Const(0n), ...set(acc))
  for (const [i, limb] of limbsOf(modulus, layout).entries()) {
    const restored = [...get(row[i] ?? 0), ...i64Const(limb), ...get(isBelow), ...op.and, ...op.add]
    code.push(...get(out), ...get(acc), ...restored, ...op.add, ...tee(acc), ...mask, ...op.store32(4 * i))
    code.push(...get(acc), ...carry, ...set(acc))
  }
  return { name: 'subtract', parameters, i64Locals: locals.count, body: code }
}

/** The functions of a modulus. Each takes the addresses of its result and its two numbers. */
export function modularFunctions(suffix: string, modulus: bigint, layout: Layout): WasmFunction[] {
  return [montgomeryProduct(modulus, layout), sum(modulus, layout), difference(modulus, layout)].map(one => ({
    ...one,
    name: one.name + suffix,
  }))
}

/**
 * Copies the entry of an index out of a table, and reads all the others too: parameters are the result, the table, the index,
 * and the number of entries.
 */
export function pick(name: string, entrySizeBytes: number): WasmFunction {
  const [table, index, count] = [1, 2, 3]
  const words = entrySizeBytes / 8
  const first = 4
  const isEntry = first + words
  const body: number[] = []
  const step: number[] = [
    // All ones if the index is 0, else 0. It counts down as the entries go by.
    ...get(index),
    ...op.toI64Signed,
    ...tee(isEntry),
    ...i64Const(0n),
    ...get(isEntry),
    ...op.sub,
    ...op.or,
    ...i64Const(63n),
    ...op.shiftRightSigned,
    ...i64Const(-1n),
    ...op.xor,
    ...set(isEntry),
  ]
  for (let word = 0; word < words; word++) {
    const kept = [...get(table), ...op.load64(8 * word), ...get(isEntry), ...op.and]
    step.push(...get(first + word), ...kept, ...op.or, ...set(first + word))
  }
  step.push(...get(table), ...op.i32Const(entrySizeBytes), ...op.i32Add, ...set(table))
  step.push(...get(index), ...op.i32Const(1), ...op.i32Sub, ...set(index))
  step.push(...get(count), ...op.i32Const(1), ...op.i32Sub, ...tee(count))
  body.push(...op.repeat(step))
  for (let word = 0; word < words; word++)
    body.push(...get(out), ...get(first + word), ...op.store64(8 * word))
  return { name, parameters: 4, i64Locals: words + 1, body }
}
