import { readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { copySecret, equalConstantTime, OperatorError } from '../std/index.ts'

// Passphrases and shares come from the terminal, without an echo, or from standard input: never from an argument, which
// every user of the machine can read. They are bytes, because a string cannot be wiped.

const secretSizeMax = 4096
const [endOfText, endOfInput, backspace, lineFeed, carriageReturn, deleteLine, firstPrintable, rubOut] = [
  0x03, 0x04, 0x08, 0x0a, 0x0d, 0x15, 0x20, 0x7f,
]

/** Whether a person sits at the terminal. */
export const isInteractive = (): boolean => process.stdin.isTTY === true

/**
 * Reads a secret: a line that is typed without an echo after the prompt, or the next line of standard input if that is no
 * terminal. The caller wipes it. Throws OperatorError if there is no line, with the text `missing`, or if it is longer than
 * 4096 bytes.
 */
export async function readSecret(prompt: string, missing = nothingGiven): Promise<Buffer> {
  const line = new SecretLine()
  try {
    if (isInteractive()) await readTyped(prompt, line)
    else await readPiped(line)
    if (line.size === 0) throw new OperatorError(missing)
    return line.take()
  } finally {
    line.wipe()
  }
}

/**
 * Gives the lines of standard input one by one, until there are enough or no more, and returns the last result. Empty lines are left out, and
 * so is a share that was given already, unless there is no other. Throws OperatorError, also if there is no line.
 */
export async function giveLines<T>(
  give: (secret: Buffer) => Promise<T>,
  isEnough: (result: T) => boolean,
): Promise<T> {
  const line = new SecretLine()
  let result: T | undefined
  let repeat: Error | undefined
  try {
    for (let isLast = false; !isLast && (result === undefined || !isEnough(result)); line.wipe()) {
      isLast = !(await readPiped(line))
      if (line.size === 0) continue
      try {
        result = await give(line.take())
      } catch (error) {
        if (!isRepeat(error)) throw error
        repeat = error
      }
    }
  } finally {
    line.wipe()
  }
  if (result === undefined) throw repeat ?? new OperatorError(nothingGiven)
  return result
}

const nothingGiven = 'Nothing was given.'

const isRepeat = (error: unknown): error is OperatorError =>
  error instanceof OperatorError && (error as { readonly code?: unknown }).code === 'ShareTwice'

/** Reads a new passphrase, twice if it is typed. The caller wipes it. Throws OperatorError as `readSecret` does, and if the two differ. */
export async function readNewPassphrase(prompt: string, missing?: string): Promise<Buffer> {
  const passphrase = await readSecret(`${prompt}: `, missing)
  if (!isInteractive()) return passphrase
  const again = await readSecret(`${prompt}, again: `).catch((error: unknown) => {
    passphrase.fill(0)
    throw error
  })
  const isSame = equalConstantTime(passphrase, again)
  again.fill(0)
  if (isSame) return passphrase
  passphrase.fill(0)
  throw new OperatorError('The two passphrases differ. Nothing was changed.')
}

/** A line of bytes in one buffer, which is wiped. */
class SecretLine {
  readonly #bytes = Buffer.alloc(secretSizeMax)
  size = 0
  isTooLong = false

  add(byte: number): void {
    if (this.size === secretSizeMax) this.isTooLong = true
    else this.#bytes[this.size++] = byte
  }

  /** Removes the last character, which has several bytes in UTF-8 (RFC 3629). */
  removeCharacter(): void {
    const isContinuation = () => ((this.#bytes[this.size] ?? 0) & 0xc0) === 0x80
    do this.size = Math.max(this.size - 1, 0)
    while (this.size > 0 && isContinuation())
    this.#bytes.fill(0, this.size)
  }

  /** Removes the line end of other systems. */
  trimCarriageReturn(): void {
    if (this.size > 0 && this.#bytes[this.size - 1] === carriageReturn) this.size--
  }

  /** Returns a copy of the bytes. Throws OperatorError if the line is too long. */
  take(): Buffer {
    if (this.isTooLong)
      throw new OperatorError(`A passphrase, share or PIN has at most ${secretSizeMax} bytes.`)
    return copySecret(this.#bytes.subarray(0, this.size))
  }

  wipe(): void {
    this.#bytes.fill(0)
    this.size = 0
  }
}

/** The bytes that were typed or pasted after the end of a line, for the next prompt. */
let typedAhead = Buffer.alloc(0)

async function readTyped(prompt: string, line: SecretLine): Promise<void> {
  const { stdin, stderr } = process
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const take = (chunk: Buffer) => {
    const used = typeInto(line, chunk)
    typedAhead = used === undefined ? typedAhead : Buffer.from(chunk.subarray(used))
    chunk.fill(0)
    if (used !== undefined) resolve()
  }
  // Without an echo before the prompt is on the screen: a person may type ahead.
  stdin.setRawMode(true)
  stderr.write(prompt)
  stdin.on('data', take)
  stdin.once('end', () => reject(new OperatorError('Nothing was given.')))
  try {
    const ahead = typedAhead
    typedAhead = Buffer.alloc(0)
    if (ahead.length > 0) take(ahead)
    stdin.resume()
    await promise
  } finally {
    stdin.off('data', take)
    stdin.removeAllListeners('end')
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

/** Adds typed bytes to the line; returns how many were used when the line is whole. Ends the process at Ctrl-C. */
function typeInto(line: SecretLine, chunk: Buffer): number | undefined {
  for (const [index, byte] of chunk.entries()) {
    if (byte === endOfText) interrupt(line)
    if (byte === carriageReturn) return chunk[index + 1] === lineFeed ? index + 2 : index + 1
    if (byte === lineFeed || byte === endOfInput) return index + 1
    if (byte === backspace || byte === rubOut) line.removeCharacter()
    else if (byte === deleteLine) line.wipe()
    else if (byte >= firstPrintable) line.add(byte)
  }
  return undefined
}

/** Does as Ctrl-C does where a terminal is not raw: the exit status is that of a process that SIGINT ended. */
function interrupt(line: SecretLine): never {
  line.wipe()
  process.stdin.setRawMode(false)
  process.stderr.write('\n')
  process.exit(130)
}

/**
 * Reads to the end of the line and no further, so that the next secret may be the next line. Returns whether standard input goes
 * on.
 */
async function readPiped(line: SecretLine): Promise<boolean> {
  const byte = Buffer.alloc(1)
  let count = await readByte(byte)
  for (; count === 1 && byte[0] !== lineFeed; count = await readByte(byte)) line.add(byte[0] ?? 0)
  byte.fill(0)
  line.trimCarriageReturn()
  return count === 1
}

async function readByte(byte: Buffer): Promise<number> {
  const standardInput = 0
  for (;;) {
    try {
      return readSync(standardInput, byte, 0, 1, null)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EAGAIN') throw new OperatorError(`Standard input cannot be read: ${message}`)
      await sleep(20)
    }
  }
}
