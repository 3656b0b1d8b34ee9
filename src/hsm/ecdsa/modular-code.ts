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

/** Adds a product to an accumulator. Up to 62 products of two limbs fit in its 64 bits. */
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

/** The code that adds the products of limbs with one sum of indexes to the accumulator, or twice these products. */
type Column = (acc: number, column: number, isDoubled?: boolean) => Code

/** left · right, by columns. */
function productOf({ limbs }: Layout, locals: Locals): { readonly load: Code; readonly column: Column } {
  const [a, twiceA, b] = [locals.row(limbs), locals.row(limbs), locals.row(limbs)]
  const column: Column = (acc, column, isDoubled = false) =>
    pairsOf(column, limbs).flatMap(([i, j]) =>
      addProduct(acc, get((isDoubled ? twiceA : a)[i] ?? 0), get(b[j] ?? 0)),
    )
  return { load: [...loadRow(left, a), ...double(a, twiceA), ...loadRow(right, b)], column }
}

const double = (row: readonly number[], twice: readonly number[]): Code =>
  row.flatMap((limb, i) => [...get(limb), ...get(limb), ...op.add, ...set(twice[i] ?? 0)])

/** The pairs of limbs whose indexes have this sum. */
function pairsOf(column: number, limbs: number): [number, number][] {
  const first = Math.max(0, column - limbs + 1)
  return Array.from({ length: Math.min(column, limbs - 1) - first + 1 }, (_, i) => [
    first + i,
    column - first - i,
  ])
}

/** The number that `multiply` divides by: 2 to the power of all limbs' bits, but 1 for 2^521 − 1, which needs no division. */
export const divisorOf = (modulus: bigint, { limbs }: Layout): bigint =>
  isMersenne(modulus) ? 1n : 1n << BigInt(limbBits * limbs)

const isMersenne = (modulus: bigint) => modulus === (1n << 521n) - 1n

/** A product divided by 2 to the power of all limbs' bits (Montgomery 1985). */
function montgomeryReduced(modulus: bigint, layout: Layout, column: Column, locals: Locals): Code {
  const { limbs } = layout
  const [m, result, acc] = [locals.row(limbs), locals.row(limbs), locals.one()]
  const modulusLimbs = limbsOf(modulus, layout)
  const code: number[] = [...i64Const(0n), ...set(acc)]
  const addModulus = (i: number, j: number) => {
    const limb = modulusLimbs[j] ?? 0n
    if (limb !== 0n) code.push(...addProduct(acc, get(m[i] ?? 0), i64Const(limb)))
  }
  for (let k = 0; k < 2 * limbs; k++) {
    code.push(...column(acc, k))
    for (const [i, j] of pairsOf(k, limbs)) if (j > 0) addModulus(i, j)
    if (k < limbs) {
      code.push(...get(acc), ...i64Const(negativeInverse(modulus)), ...op.mul, ...mask, ...set(m[k] ?? 0))
      addModulus(k, 0)
    } else code.push(...get(acc), ...mask, ...set(result[k - limbs] ?? 0))
    code.push(...get(acc), ...carry, ...set(acc))
  }
  return [...code, ...reduceOnce(result, modulusLimbs, locals)]
}

/** A product modulo 2^521 − 1, in 18 limbs of 522 bits together: 2^522 is 2. */
function mersenneReduced(modulus: bigint, layout: Layout, column: Column, locals: Locals): Code {
  const { limbs } = layout
  const [result, acc] = [locals.row(limbs), locals.one()]
  const top = result[limbs - 1] ?? 0
  const code: number[] = [...i64Const(0n), ...set(acc)]
  const keepLimb = (limb: number): Code => [
    ...[...get(acc), ...mask, ...set(limb)],
    ...[...get(acc), ...carry, ...set(acc)],
  ]
  for (const [k, limb] of result.entries())
    code.push(...column(acc, k), ...column(acc, k + limbs, true), ...keepLimb(limb))
  // Twice the carry, and the bit of 2^521, return at the lowest limb.
  code.push(
    ...get(acc),
    ...get(acc),
    ...op.add,
    ...get(top),
    ...i64Const(28n),
    ...op.shiftRight,
    ...op.add,
    ...set(acc),
  )
  code.push(...get(top), ...i64Const((1n << 28n) - 1n), ...op.and, ...set(top))
  for (const limb of result) code.push(...get(acc), ...get(limb), ...op.add, ...set(acc), ...keepLimb(limb))
  return [...code, ...reduceOnce(result, limbsOf(modulus, layout), locals)]
}

/** left · right, divided by `divisorOf` the modulus. */
function product(modulus: bigint, layout: Layout): WasmFunction {
  const locals = new Locals()
  const { load, column } = productOf(layout, locals)
  const reduced = isMersenne(modulus) ? mersenneReduced : montgomeryReduced
  const body = [...load, ...reduced(modulus, layout, column, locals)]
  return { name: 'multiply', parameters, i64Locals: locals.count, body }
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
  const functions = [product(modulus, layout), sum(modulus, layout), difference(modulus, layout)]
  return functions.map(one => ({ ...one, name: one.name + suffix }))
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
