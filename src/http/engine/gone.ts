/** The end of a connection as a signal, which is made when somebody asks for it: most requests never do. */
export class Gone {
  #controller: AbortController | undefined
  #hasHappened = false

  get signal(): AbortSignal {
    if (this.#hasHappened) return AbortSignal.abort()
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  happen(): void {
    this.#hasHappened = true
    this.#controller?.abort()
  }
}
