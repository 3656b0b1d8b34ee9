import type { Message } from './frames.ts'
import { LoginLimit } from './login-limit.ts'
import { countedPin, type Pin, readPin } from './pin-source.ts'
import { TokenProblem } from './problem.ts'
import { type LibraryOptions, type LibraryRequest, type PinSource, TokenLibrary } from './token-library.ts'
import type { KeyPlace } from './token-operations.ts'

/** A token, and how its user logs in. */
export interface TokenAccess extends LibraryOptions {
  /** The label of the token. */
  readonly token: string
  /** The user PIN. */
  readonly pin: Pin
  /** The file that counts wrong logins; undefined if the count ends with the process. */
  readonly loginsPath: string | undefined
}

/**
 * A token that its user is logged in to. After the end of the library's process the next call starts one and logs in again. The methods
 * throw TokenProblem, and OperatorError if there is no PIN.
 */
export class TokenSession {
  readonly #library: TokenLibrary
  readonly #token: string
  readonly #pin: PinSource

  constructor(access: TokenAccess) {
    this.#library = new TokenLibrary(access)
    this.#token = access.token
    // Two libraries may have tokens of one label.
    const user = `${access.token} of ${access.path}`
    this.#pin = countedPin(new LoginLimit(access.loginsPath), user, () => readPin(access.pin))
  }

  /** The process id of the library; undefined while there is none. */
  get processId(): number | undefined {
    return this.#library.processId
  }

  async random(sizeBytes: number): Promise<Buffer> {
    return onlyPart(await this.#perform({ request: 'random', token: this.#token, sizeBytes }))
  }

  async hasKey(label: string): Promise<boolean> {
    return (await this.#perform({ request: 'hasKey', place: this.#place(label, true) })).head['has'] === true
  }

  /** Makes an AES-256 key that never leaves the token. A session key ends with the process. */
  async makeKey(label: string, isLasting: boolean): Promise<void> {
    await this.#perform({ request: 'makeKey', place: this.#place(label, isLasting) })
  }

  /** Puts a known AES-256 key into the session. */
  async importSessionKey(label: string, value: Buffer): Promise<void> {
    await this.#perform({ request: 'importKey', place: this.#place(label, false) }, [value])
  }

  /** Throws if the key is not an AES-256 key that was made in the token and cannot leave it. */
  async checkKey({ label, isLasting }: KeyName): Promise<void> {
    await this.#perform({ request: 'checkKey', place: this.#place(label, isLasting) })
  }

  /** Encrypts with AES-256-GCM; returns the ciphertext and behind it the tag. `iv` has 12 bytes. */
  async encrypt(key: KeyName, iv: Buffer, data: Buffer, plaintext: Buffer): Promise<Buffer> {
    const place = this.#place(key.label, key.isLasting)
    return onlyPart(await this.#perform({ request: 'encrypt', place }, [iv, data, plaintext]))
  }

  /** Undoes `encrypt`. */
  async decrypt(key: KeyName, iv: Buffer, data: Buffer, ciphertext: Buffer): Promise<Buffer> {
    const place = this.#place(key.label, key.isLasting)
    return onlyPart(await this.#perform({ request: 'decrypt', place }, [iv, data, ciphertext]))
  }

  /** Ends the library's process. */
  close(): Promise<void> {
    return this.#library.close()
  }

  #place(label: string, isLasting: boolean): KeyPlace {
    return { token: this.#token, label, isLasting }
  }

  #perform(head: LibraryRequest['head'], parts: readonly Buffer[] = []): Promise<Message> {
    return this.#library.perform(this.#token, this.#pin, { head, parts })
  }
}

/** A key of the token, or one of the session. */
export type KeyName = Omit<KeyPlace, 'token'>

function onlyPart({ parts: [part] }: Message): Buffer {
  if (part === undefined) throw new TokenProblem('Refused', 'the answer of its process has no bytes')
  return part
}
