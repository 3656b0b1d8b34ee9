import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'
import { aliasLabel } from '../../model/labels.ts'
import { ApiError } from '../../wire/errors.ts'
import { flash } from '../flash.ts'
import { FormModal } from '../form-modal.tsx'
import type { ActedKey } from './acted-key.ts'
import type { Outcome, useEachKey } from './use-each-key.ts'

interface EachKeyModalProps {
  readonly title: string
  /** The label of the button, such as `Disable key`. */
  readonly action: string
  /** The word for a key to which it was done, such as `disabled`. */
  readonly done: string
  readonly keys: readonly ActedKey[]
  readonly each: ReturnType<typeof useEachKey>
  /** The reason why the form is not complete; undefined if it is. */
  readonly blockedBecause?: string | undefined
  /** Whether the form has columns that need more room. */
  readonly isWide?: boolean
  readonly children?: ReactNode
  readonly onClose: () => void
}

/** Asks before something is done to several keys, and shows the result of each. It closes by itself if all of them are done. */
export function EachKeyModal(props: EachKeyModalProps) {
  const { title, action, done, keys, each, blockedBecause, isWide = false, children, onClose } = props
  const { outcomes, run } = each
  const left = keys.filter(({ KeyId }) => outcomes[KeyId]?.state !== 'done')
  const start = () =>
    run.mutate(left, {
      onSuccess: ({ failed }) => {
        if (failed > 0) return
        flash.success(`${keys.length === 1 ? nameOf(keys[0]) : `${keys.length} keys`} ${done}.`)
        onClose()
      },
    })
  const hasFailed = run.isSuccess && run.data.failed > 0
  return (
    <FormModal
      {...{ title, isWide, blockedBecause }}
      action={hasFailed ? 'Try again' : action}
      cancel={hasFailed ? 'Close' : 'Cancel'}
      isBusy={run.isPending}
      onCancel={onClose}
      onConfirm={start}
    >
      <ul className="plain-list" aria-label="Keys" aria-live="polite">
        {keys.map(key => (
          <li key={key.KeyId}>
            <b>{nameOf(key)}</b> <Result of={outcomes[key.KeyId]} done={done} />
          </li>
        ))}
      </ul>
      {children}
    </FormModal>
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
function nameOf(key: ActedKey | undefined): string {
  const alias = key?.Aliases?.[0]?.AliasName
  return alias === undefined ? (key?.KeyId ?? '') : `${aliasLabel(alias)} (${key?.KeyId})`
}
