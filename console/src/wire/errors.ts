import { type Denial, readDenial } from '../model/why/denial.ts'
import { readXml, textIn } from './xml.ts'

/** The kind of an error, which decides the advice that is shown with it. */
export type ErrorKind =
  | 'denied'
  | 'notFound'
  | 'throttled'
  | 'sessionOver'
  | 'wrongClock'
  | 'sealed'
  | 'unreachable'
  | 'other'

/** The facts of an error. */
export interface ErrorFacts {
  /** The AWS error code, such as `AccessDeniedException`; `NetworkError` if no answer came. */
  readonly code: string
  readonly text: string
  /** The HTTP status; 0 if no answer came. */
  readonly status: number
  readonly requestId?: string | undefined
  /** The time of the server by its `Date` header, and the time of this device when the answer came. */
  readonly serverDate?: Date | undefined
  readonly receivedAt?: Date | undefined
}

const kinds: Readonly<Record<string, ErrorKind>> = {
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  AuthFailure: 'sessionOver',
  CustomKeyStoreNotFoundException: 'notFound',
  ExpiredToken: 'sessionOver',
  ExpiredTokenException: 'sessionOver',
  InvalidClientTokenId: 'sessionOver',
  NetworkError: 'unreachable',
  'InvalidVpcEndpointId.NotFound': 'notFound',
  NoSuchEntity: 'notFound',
  NotFoundException: 'notFound',
  SignedOut: 'sessionOver',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  UnauthorizedOperation: 'denied',
  UnrecognizedClientException: 'sessionOver',
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
    const { code, text, status } = this.facts
    if (/^Signature (?:expired|not yet current)/.test(text)) return 'wrongClock'
    if (status === 500 && text.startsWith('The server is sealed')) return 'sealed'
    return kinds[code] ?? 'other'
  }

  /** The facts of a denial that its text has; undefined for other errors. */
  get denial(): Denial | undefined {
    return readDenial(this.facts.text)
  }
}

/** Reads an error that a service answered, in the form of its protocol. */
export function readError(
  protocol: 'json' | 'query' | 'ec2',
  status: number,
  body: string,
  headers: { get(name: string): string | null },
  receivedAt: Date,
): ApiError {
  const date = headers.get('date')
  const shared = {
    status,
    requestId: headers.get('x-amzn-requestid') ?? undefined,
    serverDate: date === null ? undefined : new Date(date),
    receivedAt,
  }
  try {
    const { code, text } = protocol === 'json' ? readJsonError(body) : readXmlError(body)
    return new ApiError({ ...shared, code, text })
  } catch {
    return new ApiError({ ...shared, code: `HTTP ${status}`, text: 'The answer is not one of this server.' })
  }
}

function readJsonError(body: string) {
  const { __type: code, message, Message } = JSON.parse(body) as Record<string, string | undefined>
  if (code === undefined) throw new Error('no error')
  return { code, text: message ?? Message ?? code }
}

function readXmlError(body: string) {
  const answer = readXml(body)
  // EC2 Query has a list of errors, of which one is ever there (Amazon EC2 API reference, "Error codes").
  const errors = answer.children.find(({ name }) => name === 'Errors') ?? answer
  const error = errors.children.find(({ name }) => name === 'Error')
  if (error === undefined) throw new Error('no error')
  const code = textIn(error, 'Code')
  return { code, text: textIn(error, 'Message') || code }
}
