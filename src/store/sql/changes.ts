import type { Grant, Scope } from '../../domain/index.ts'
import type { Change } from '../contract/store.ts'

/** The changes of one transaction, remembered until it is committed. */
export class Changes {
  /** The changes that listeners receive, in order. */
  readonly made: Change[] = []
  /** The tokens of deleted or replaced key materials that no key has any more. */
  readonly erased: Uint8Array[] = []

  key(scope: Scope, keyId: string): void {
    this.made.push({ type: 'key', scope: plainScope(scope), keyId })
  }

  keyGone(scope: Scope, keyId: string): void {
    this.made.push({ type: 'key', scope: plainScope(scope), keyId, isGone: true })
  }

  /** `keyIds` are the keys that the alias pointed to before and points to now. */
  alias(scope: Scope, aliasName: string, keyIds: readonly string[]): void {
    this.made.push({ type: 'alias', scope: plainScope(scope), aliasName, keyIds })
  }

  grant(grant: Grant): void {
    this.made.push({ type: 'grant', grant, isGone: false })
  }

  grantGone(grant: Grant): void {
    this.made.push({ type: 'grant', grant, isGone: true })
  }

  /** Records a change of a user and its access keys, or of all identities of the account if no user is named. */
  identity(accountId: string, userName?: string): void {
    this.made.push({ type: 'identity', accountId, userName })
  }
}

/** The scope alone, if the caller gave a larger object as the scope. */
const plainScope = ({ accountId, region }: Scope): Scope => ({ accountId, region })
