import type { ReactNode } from 'react'
import { flash } from '../flash.ts'
import { FormModal } from '../form-modal.tsx'
import type { ActedKey } from './acted-key.ts'
import { KeyOutcomes, keyName } from './key-outcomes.tsx'
import type { useEachKey } from './use-each-key.ts'

interface EachKeyModalProps {
  readonly title: string
  /** The label of the button, such as `Disable key`. */
  readonly action: string
  readonly cancel?: string
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
        flash.success(`${keys.length === 1 ? keyName(keys[0]) : `${keys.length} keys`} ${done}.`)
        onClose()
      },
    })
  const hasFailed = run.isSuccess && run.data.failed > 0
  return (
    <FormModal
      {...{ title, isWide, blockedBecause }}
      action={hasFailed ? 'Try again' : action}
      cancel={hasFailed ? 'Close' : (props.cancel ?? 'Cancel')}
      isBusy={run.isPending}
      onCancel={onClose}
      onConfirm={start}
    >
      <KeyOutcomes {...{ keys, outcomes, done }} />
      {children}
    </FormModal>
  )
}
