/** What the reader of an error can do, by the kind of error. */
export type ErrorKind =
  | 'denied'
  | 'notFound'
  | 'throttled'
  | 'sessionOver'
  | 'wrongClock'
  | 'sealed'
  | 'unreachable'
  | 'other'

export interface ErrorFacts {
  /** The AWS error code, such as `AccessDeniedException`; `NetworkError` where no answer came. */
  readonly code: string
  readonly text: string
  /** The HTTP status; 0 where no answer came. */
  readonly status: number
  readonly requestId?: string | undefined
  /** The action, principal and resource that the text of a denial names. */
  readonly action?: string | undefined
  readonly principal?: string | undefined
  readonly resource?: string | undefined
  /** The server's time by its `Date` header. */
  readonly serverDate?: Date | undefined
}

const kinds: Readonly<Record<string, ErrorKind>> = {
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  NotFoundException: 'notFound',
  NoSuchEntity: 'notFound',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  ExpiredTokenException: 'sessionOver',
  ExpiredToken: 'sessionOver',
  InvalidClientTokenId: 'sessionOver',
  UnrecognizedClientException: 'sessionOver',
  NetworkError: 'unreachable',
}

/** An error that the server answered, or the lack of an answer. */
export class ApiError extends Error {
  readonly facts: ErrorFacts
  constructor(facts: ErrorFacts) {
    super(facts.text)
    this.name = 'ApiError'
    this.facts = facts
  }

  get kind(): ErrorKind {
    return kinds[this.facts.code] ?? 'other'
  }
}
