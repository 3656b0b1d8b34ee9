import type { AccessGrant, OpenCondition } from '../../access/index.ts'
import {
  type Grant,
  type GrantParty,
  type KmsKey,
  matchParty,
  type OpenConstraint,
  openConstraintsOf,
  type PartlyKnownRequest,
  type Principal,
  partyNamesOf,
  rootArn,
} from '../../domain/index.ts'
import type { Reader } from '../../store/index.ts'
import type { Slices } from './slices.ts'

/** The grants of a statement, and the steps of reading one. */
const grantsPerRead = 100
const stepsPerGrant = 20_000
/** The grants that a row names. */
const grantIdsMax = 20

/** Grants that allow a request in the same way: rule 7 of `decide` treats them alike. */
export interface AlikeGrants {
  readonly grant: AccessGrant
  readonly grantIds: readonly string[]
  /** The constraints that are open; empty if the grants allow the request in any case. */
  readonly conditions: readonly OpenCondition[]
}

/** Finds the grants of a key that can allow a request to a candidate. */
export class GrantsOfKey {
  readonly #store: Reader
  readonly #key: KmsKey
  readonly #request: PartlyKnownRequest
  readonly #slices: Slices
  /** The grants to the account itself count for each of its principals. */
  #ofAccount: readonly Grant[] | undefined

  constructor(store: Reader, key: KmsKey, request: PartlyKnownRequest, slices: Slices) {
    this.#store = store
    this.#key = key
    this.#request = request
    this.#slices = slices
  }

  /** Returns the grants to a principal: first those that allow the request in any case, then those whose constraints are open. */
  async find(principal: Principal): Promise<readonly AlikeGrants[]> {
    const [certain, open] = [new Map<string, AlikeGrants>(), new Map<string, AlikeGrants>()]
    for (const name of partyNamesOf(principal)) {
      const party: GrantParty =
        principal.type === 'AWSService'
          ? { type: 'service', service: name }
          : { type: 'principal', arn: name }
      for (const grant of await this.#grantsTo(party)) {
        const conditions = openConstraintsOf(grant, this.#request)?.map(toCondition)
        if (conditions !== undefined)
          note(conditions.length === 0 ? certain : open, grant, principal, conditions)
      }
    }
    return [...certain.values(), ...open.values()]
  }

  async #grantsTo(party: GrantParty): Promise<readonly Grant[]> {
    const isOfAccount = party.type === 'principal' && party.arn === rootArn(this.#key.accountId)
    if (isOfAccount && this.#ofAccount !== undefined) return this.#ofAccount
    const found: Grant[] = []
    let after: string | undefined
    do {
      const { keyId } = this.#key
      const page = await this.#store.grants.list(
        this.#key,
        keyId,
        { grantee: party },
        { after, limit: grantsPerRead },
      )
      found.push(...page.items.filter(({ operations }) => operations.includes(this.#request.operation)))
      after = page.next
      await this.#slices.spend(stepsPerGrant * (page.items.length + 2))
    } while (after !== undefined)
    if (isOfAccount) this.#ofAccount = found
    return found
  }
}

function note(
  found: Map<string, AlikeGrants>,
  { grantId, issuingAccountId, grantee }: Grant,
  principal: Principal,
  conditions: readonly OpenCondition[],
): void {
  const match = matchParty(grantee, principal)
  if (match === 'no') return
  const kind = `${issuingAccountId} ${match}`
  const known = found.get(kind)
  if (known === undefined) {
    found.set(kind, { grant: { grantId, issuingAccountId, match }, grantIds: [grantId], conditions })
  } else if (known.grantIds.length < grantIdsMax) {
    const grantIds = [...known.grantIds, grantId]
    found.set(kind, { ...known, grantIds, conditions: [...known.conditions, ...conditions] })
  }
}

const toCondition = ({ constraint, key, values }: OpenConstraint): OpenCondition => ({
  ...{ operator: constraint, key, values },
  isNegated: false,
})
