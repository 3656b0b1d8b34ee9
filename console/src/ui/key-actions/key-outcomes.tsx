import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { aliasLabel } from '../../model/labels.ts'
import { ApiError } from '../../wire/errors.ts'
import type { ActedKey } from './acted-key.ts'
import type { Outcome, Outcomes } from './use-each-key.ts'

interface KeyOutcomesProps {
  readonly keys: readonly ActedKey[]
  readonly outcomes: Outcomes
  /** The word for a key to which it was done, such as `disabled`. */
  readonly done: string
}

/** Keys, each with how far the action on it is. */
export function KeyOutcomes({ keys, outcomes, done }: KeyOutcomesProps) {
  return (
    <ul className="plain-list" aria-label="Keys" aria-live="polite">
      {keys.map(key => (
        <li key={key.KeyId}>
          <b>{keyName(key)}</b> <Result of={outcomes[key.KeyId]} done={done} />
        </li>
      ))}
    </ul>
  )
}

function Result({ of: outcome, done }: { readonly of: Outcome | undefined; readonly done: string }) {
  if (outcome === undefined) return null
  if (outcome.state === 'running') return <StatusIndicator type="loading">Waiting</StatusIndicator>
  if (outcome.state === 'done') return <StatusIndicator>{done}</StatusIndicator>
  const { error } = outcome
  const code = error instanceof ApiError ? `${error.facts.code}: ` : ''
  return (
    <StatusIndicator type="error" wrapText>
      {code}
      {error.message}
    </StatusIndicator>
  )
}

/** A key by its first alias and its id. */
export function keyName(key: ActedKey | undefined): string {
  const alias = key?.Aliases?.[0]?.AliasName
  return alias === undefined ? (key?.KeyId ?? '') : `${aliasLabel(alias)} (${key?.KeyId})`
}
