import { isJsonObject, type Json, OperatorError, parseJson } from '../std/index.ts'

/** The commands of the operator socket, and whether a command may run beside the others; the rest run one after the other. */
export const operatorCommands = {
  init: 'alone',
  unseal: 'alone',
  seal: 'alone',
  status: 'beside others',
  rekey: 'alone',
  'rekey-verify': 'alone',
  'rotate-domain-keys': 'alone',
  backup: 'alone',
  'audit-cluster': 'beside others',
} as const satisfies Readonly<Record<string, 'alone' | 'beside others'>>

/** The name of a command of the operator socket. */
export type OperatorCommand = keyof typeof operatorCommands

/** A request on the operator socket. */
export interface OperatorRequest {
  readonly command: OperatorCommand
  readonly arguments: Readonly<Record<string, Json>>
  /** Passphrases or shares as bytes, which can be wiped. They belong to the server, which wipes them after the answer. */
  readonly secrets: readonly Buffer[]
}

/**
 * Performs a request, and returns its result. `gone` aborts when the client has gone or the server stops. Throws OperatorError
 * for a mistake of the operator.
 */
export type OperatorHandler = (request: OperatorRequest, gone: AbortSignal) => Promise<Json>

/** The facts of a server that `keyward operator status` shows. */
export interface OperatorStatus {
  readonly state: 'uninitialized' | 'sealed' | 'open'
  readonly provider: 'file' | 'passphrase' | 'shares' | 'kms' | 'pkcs11'
  readonly rootKeyId?: string
  /** The shares that a sealed server has and needs. */
  readonly shares?: ShareCount
  /** How many shares the root key has, and how many of them open it; absent if it is not kept by shares. */
  readonly quorum?: Quorum
  /** The new shares of a change of the root key that were confirmed, and how many must be; absent if none wait for that. */
  readonly newShares?: ShareCount
  /** Whether the root key opens without an operator. */
  readonly opensItself: boolean
  readonly domainKeys: readonly {
    readonly domainKeyId: string
    readonly domain: string
    readonly version: number
    readonly state: 'current' | 'retiring'
    /** Milliseconds since 1970; null for a key from before this was stored. */
    readonly createdAt: number | null
  }[]
  /** The re-wrapping that is under way. */
  readonly rewrap?: {
    readonly startedAt: number
    readonly domains: readonly string[]
    readonly retiringIds: readonly string[]
    readonly phase: 'rewrapping' | 'checking' | 'waiting'
    readonly table: string
    readonly done: number
    readonly total: number
    /** The entities that do not verify and keep the old key. */
    readonly broken: readonly string[]
  }
  /** Absent if no backup was ever complete. */
  readonly lastBackup?: LastBackup
  /** The reason why a server that could unseal itself has not. */
  readonly problem?: string
}

/** The last backup that is complete, made by a command or by the schedule. */
export interface LastBackup {
  /** The time of its content (ISO 8601). */
  readonly at: string
  /** Its path or URL. */
  readonly place: string
  readonly sizeBytes: number
}

/** How many different shares were given, and how many are needed. */
export interface ShareCount {
  readonly have: number
  readonly need: number
}

/** How many shares are made of a root key, and how many of them open it. */
export interface Quorum {
  readonly shares: number
  readonly threshold: number
}

/** The result of `init`. Shares are returned once, and the server keeps none. */
export interface InitResult {
  readonly status: OperatorStatus
  readonly shares?: readonly string[]
}

/** The result of `rekey` and `rekey-verify`: the root key is replaced, or new shares are to be confirmed before it is. */
export interface RekeyResult {
  /** The new shares, which `rekey` returns once. */
  readonly shares?: readonly string[]
  /** The new shares that were confirmed so far. */
  readonly confirmed?: ShareCount
  readonly done?: RekeyDone
}

/** A root key that was replaced. */
export interface RekeyDone {
  readonly provider: OperatorStatus['provider']
  readonly rootKeyId: string
  /** The value that KEYWARD_ROOT_KEY must have at the next start; absent if its present value is right. */
  readonly setting?: string
  /** The file that the old root key is in; absent if it was not in a file. */
  readonly oldRootKey?: string
  /** The reason why a file was not put where it belongs, a text for the operator; absent if all are. */
  readonly problem?: string
}

/** The result of `rotate-domain-keys`. */
export interface RotateResult {
  readonly domains: readonly string[]
}

/** A request that the server refused. `code` is for programs, the message for the operator. */
export class OperatorProblem extends OperatorError {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The line that answers a request. */
export type AnswerLine =
  | { readonly result: Json }
  | { readonly problem: { readonly code: string; readonly text: string } }

/** The limits of the socket: sizes in bytes, times in milliseconds. */
export const operatorLimits = {
  /** Of a request, its secrets included. */
  requestSizeMax: 64 * 1024,
  secrets: 256,
  secretSizeMax: 4096,
  /** Of a connection without a whole request. */
  requestMillis: 10_000,
  connections: 32,
  /** Of a line of an answer. */
  answerSizeMax: 16 * 1024 * 1024,
} as const

const version = 1
const lineEnd = 0x0a

/** Returns the line that a request begins with. Its secrets follow as raw bytes, one after the other. */
export function renderHead({ command, arguments: args, secrets }: OperatorRequest): string {
  const secretSizes = secrets.map(secret => secret.length)
  return `${JSON.stringify({ v: version, command, arguments: args, secretSizes })}\n`
}

/**
 * Reads the request at the begin of `bytes`; returns undefined while it is not whole. The secrets are views of `bytes`.
 * Throws OperatorProblem for bytes that are no request.
 */
export function readRequest(bytes: Buffer): OperatorRequest | undefined {
  const end = bytes.indexOf(lineEnd)
  if (end === -1) return undefined
  const { command, args, sizes } = parseHead(bytes.toString('utf8', 0, end))
  const total = end + 1 + sizes.reduce((sum, size) => sum + size, 0)
  if (total > operatorLimits.requestSizeMax) throw badRequest('it is too large')
  if (bytes.length > total) throw badRequest('more bytes follow it')
  if (bytes.length < total) return undefined
  let at = end + 1
  const secrets = sizes.map(size => {
    at += size
    return bytes.subarray(at - size, at)
  })
  return { command, arguments: args, secrets }
}

function parseHead(text: string): {
  readonly command: OperatorCommand
  readonly args: Readonly<Record<string, Json>>
  readonly sizes: readonly number[]
} {
  const head = parseObject(text)
  const { v, command, arguments: args, secretSizes, ...rest } = head
  if (v !== version) throw badRequest(`its version is not ${version}; use the keyward of the same version`)
  if (Object.keys(rest).length > 0) throw badRequest('it has an unknown member')
  if (typeof command !== 'string' || !Object.hasOwn(operatorCommands, command))
    throw badRequest('its command is unknown')
  if (!isJsonObject(args)) throw badRequest('its arguments are not an object')
  if (
    !Array.isArray(secretSizes) ||
    secretSizes.length > operatorLimits.secrets ||
    !secretSizes.every(isSize)
  )
    throw badRequest('its secretSizes are not sizes')
  return {
    command: command as OperatorCommand,
    args: args as Readonly<Record<string, Json>>,
    sizes: secretSizes,
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw badRequest('its first line is not JSON')
  }
  if (!isJsonObject(value)) throw badRequest('its first line is not an object')
  return value
}

const isSize = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= operatorLimits.secretSizeMax

function badRequest(reason: string): OperatorProblem {
  return new OperatorProblem('BadRequest', `The request on the operator socket is not right: ${reason}.`)
}
