import type { KeyPlace, NewKey } from '../../model/new-key.ts'

/** The properties that all steps of the wizard have. */
export interface StepProps {
  readonly value: NewKey
  readonly onChange: (value: NewKey) => void
  readonly place: KeyPlace
  /** Whether somebody tried to go on, so that missing values are faults. */
  readonly isTried: boolean
}
