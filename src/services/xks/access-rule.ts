import { compileWildcard } from '../../access/index.ts'
import { type XksKeyUsage, XksRefusal, xksUsagesOf } from '../../domain/index.ts'
import type { CallerMetadata } from './request-shapes.ts'

/**
 * The calls that may use an external key. Each list has texts with the wildcards of IAM's StringLike. A call must match one entry
 * of every list.
 */
export interface AccessLists {
  /** The values of `awsPrincipalArn`: ARNs, and the names of services. */
  readonly principals: readonly string[]
  /** The ARNs of KMS keys. A request that names none, as for CreateKey, needs none. */
  readonly kmsKeys: readonly string[]
  /** The values of `kmsOperation`. They also decide the usage of the key. */
  readonly operations: readonly string[]
  /** The ids of VPC endpoints, of which no pattern matches a call without one; undefined if every way is allowed. */
  readonly sourceVpces: readonly string[] | undefined
}

const allUsages: readonly XksKeyUsage[] = ['ENCRYPT', 'DECRYPT']

type Matches = (value: string) => boolean

/** Decides which calls may use an external key. Nothing is allowed that no list has. */
export class AccessRule {
  /** The usage of the key: the uses that its operations need. */
  readonly usages: readonly XksKeyUsage[]
  readonly #principals: Matches
  readonly #kmsKeys: Matches
  readonly #operations: Matches
  readonly #sourceVpces: Matches | undefined

  constructor({ principals, kmsKeys, operations, sourceVpces }: AccessLists) {
    this.usages = allUsages.filter(usage =>
      operations.some(operation => neededUsages(operation).includes(usage)),
    )
    this.#principals = anyOf(principals)
    this.#kmsKeys = anyOf(kmsKeys)
    this.#operations = anyOf(operations)
    this.#sourceVpces = sourceVpces && anyOf(sourceVpces)
  }

  /** Throws XksRefusal with AccessDeniedException, whose text is the same for every reason. */
  checkCaller({ awsPrincipalArn, kmsKeyArn, awsSourceVpce }: CallerMetadata): void {
    if (!this.#principals(awsPrincipalArn)) throw denied('principals', awsPrincipalArn)
    if (kmsKeyArn !== undefined && !this.#kmsKeys(kmsKeyArn)) throw denied('kmsKeys', kmsKeyArn)
    if (this.#sourceVpces === undefined) return
    if (awsSourceVpce === undefined || !this.#sourceVpces(awsSourceVpce))
      throw denied('sourceVpces', awsSourceVpce)
  }

  /** Throws XksRefusal with InvalidKeyUsageException. */
  checkUsage(usage: XksKeyUsage): void {
    if (this.usages.includes(usage)) return
    throw new XksRefusal('InvalidKeyUsageException', `The external key does not support ${usage}.`, {
      reason: `operations has no operation of AWS KMS that needs ${usage}`,
    })
  }

  /** Throws as `checkCaller` does. */
  checkOperation({ kmsOperation }: Pick<CallerMetadata, 'kmsOperation'>): void {
    if (!this.#operations(kmsOperation)) throw denied('operations', kmsOperation)
  }
}

/** An operation that is not known yet may need any use. */
function neededUsages(pattern: string): readonly XksKeyUsage[] {
  const matches = compileWildcard(pattern)
  const known = Object.entries(xksUsagesOf).filter(([operation]) => matches(operation))
  return known.length === 0 ? allUsages : known.flatMap(([, usages]) => usages)
}

function anyOf(patterns: readonly string[]): Matches {
  const matchers = patterns.map(compileWildcard)
  return value => matchers.some(matches => matches(value))
}

const denied = (list: string, value: string | undefined) =>
  new XksRefusal('AccessDeniedException', 'The operation is not authorized based on the request metadata.', {
    reason:
      value === undefined
        ? `the call names nothing that ${list} could match`
        : `no entry of ${list} matches '${value}'`,
  })
