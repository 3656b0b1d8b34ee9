import { isAbsolute } from 'node:path'
import { OperatorError } from '../../std/index.ts'
import { decodeOption, encodeOption, readOptions, renderOptions } from './setting-options.ts'

/** A key of a PKCS#11 token, and how it is reached. */
export interface TokenSetting {
  readonly kind: 'pkcs11'
  /** The name of a library of the configuration, or an absolute path. */
  readonly library: string
  /** The label of the token. */
  readonly token: string
  /** The label of the key. */
  readonly key: string
  /** The file of the user PIN. */
  readonly pinPath: string
}

/** The form of the setting. */
export const tokenForm = 'pkcs11:LIBRARY?token=LABEL&key=LABEL&pin-file=PATH'

/** A label of a token has 32 bytes (PKCS #11 2.40, CK_TOKEN_INFO), without the blanks that fill it. */
export function isTokenLabel(text: string): boolean {
  return isLabel(text, 32)
}

/** Whether a key can have this label here. PKCS #11 has no limit. */
export function isKeyLabel(text: string): boolean {
  return isLabel(text, 128)
}

function isLabel(text: string, bytesMax: number): boolean {
  const isWritten = text !== '' && text.trim() === text && text.isWellFormed() && !/\p{C}/u.test(text)
  return isWritten && Buffer.byteLength(text) <= bytesMax
}

/** Whether a text is a name that a library of the configuration can have. */
export const isLibraryName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)

/**
 * Reads what follows `pkcs11:`. Throws OperatorError, whose message does not repeat the setting: somebody may have written a PIN
 * into it, as the URIs of RFC 7512 allow.
 */
export function parseTokenSetting(rest: string): TokenSetting {
  const given = readOptions(rest, ['token', 'key', 'pin-file'])
  if (given === undefined)
    throw wrong(
      'each of token, key and pin-file is there once, with a percent-encoded value, and nothing else',
    )
  const library = decodeOption(given.head) ?? ''
  if (!isLibraryName(library) && !isAbsolute(library))
    throw wrong('LIBRARY is the name of a library in the setting pkcs11, or an absolute path')
  const { token, key, 'pin-file': pinPath } = given.options
  if (token === undefined || key === undefined || pinPath === undefined)
    throw wrong('token, key and pin-file are all needed')
  if (!isTokenLabel(token)) throw wrong('the label of a token has 1 to 32 bytes, without blanks around it')
  if (!isKeyLabel(key)) throw wrong('the label of a key has 1 to 128 bytes, without blanks around it')
  return { kind: 'pkcs11', library, token, key, pinPath }
}

function wrong(why: string): OperatorError {
  return new OperatorError(`KEYWARD_ROOT_KEY must be ${tokenForm}: ${why}.`)
}

/** Writes the setting so that `parseTokenSetting` reads the same. */
export function renderTokenSetting({ library, token, key, pinPath }: TokenSetting): string {
  return `pkcs11:${encodeOption(library)}${renderOptions({ token, key, 'pin-file': pinPath })}`
}
