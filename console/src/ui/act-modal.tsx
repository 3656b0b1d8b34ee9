import type { UseMutationResult } from '@tanstack/react-query'
import { Confirm, type ConfirmProps } from './confirm.tsx'
import { flash } from './flash.ts'

interface ActModalProps<I> extends Omit<ConfirmProps, 'isBusy' | 'error' | 'onConfirm' | 'onCancel'> {
  readonly act: Pick<UseMutationResult<unknown, Error, I>, 'isPending' | 'error' | 'mutate'>
  /** The input of the act, if it takes one. */
  readonly input?: I
  /** The message when it is done. */
  readonly done: string
  /** The way on when it is done; without it, the modal closes. */
  readonly onDone?: () => void
  readonly onClose: () => void
}

/** A modal that does something after a question, and says so when it is done. A refusal stays in it. */
export function ActModal<I>({ act, input, done, onDone, onClose, ...confirm }: ActModalProps<I>) {
  const leave = () => {
    flash.success(done)
    if (onDone === undefined) onClose()
    else onDone()
  }
  return (
    <Confirm
      {...confirm}
      isBusy={act.isPending}
      error={act.error}
      onCancel={onClose}
      onConfirm={() => act.mutate(input as I, { onSuccess: leave })}
    />
  )
}
