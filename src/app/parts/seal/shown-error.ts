import { shownText } from '../../../std/index.ts'

/** The longest text of an error that is shown, in characters. */
const shownMax = 300

/** A shorter piece of a secret stands in other texts by chance. */
const pieceLength = 8

/**
 * Returns the name and the message of an error of a KMS as one line for a terminal and the log. The KMS writes this text, so
 * it loses what steers a terminal, and it is withheld if it repeats a piece of `secret`, or has the size of a root key, in base64 or
 * hexadecimal.
 */
export function shownError(error: unknown, secret: Uint8Array = new Uint8Array()): string {
  const { name, message } = error as Error
  // The messages of these repeat a piece of the answer, which may have the root key in it.
  const isAboutAnswer =
    error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError
  if (isAboutAnswer) return `the answer cannot be read (${name})`
  const line = message.split('\n', 1)[0]?.replace(/\.$/, '') ?? ''
  const text = name === 'Error' ? line : `${name}${line === '' ? '' : `: ${line}`}`
  if (repeats(text, secret) || mayHaveKey(text))
    return 'its error is withheld, because it may repeat the root key'
  return shownText(text).slice(0, shownMax)
}

function repeats(text: string, secret: Uint8Array): boolean {
  const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
  const base64 = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z\d+/]/g, '')
  const hex = text.toLowerCase().replace(/[^a-f\d]/g, '')
  return hasPiece(base64, bytes.toString('base64').replace(/=+$/, '')) || hasPiece(hex, bytes.toString('hex'))
}

/** Whether a text has 32 bytes in base64 or hexadecimal: a KMS that decrypts may put the root key into its error. */
const mayHaveKey = (text: string) => /[A-Za-z\d+/]{43}=|[a-fA-F\d]{64}/.test(text)

function hasPiece(text: string, secret: string): boolean {
  for (let start = 0; start + pieceLength <= secret.length; start++)
    if (text.includes(secret.slice(start, start + pieceLength))) return true
  return false
}
