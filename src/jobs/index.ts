export { type DeleteDueKeysOptions, deleteDueKeys } from './delete-due-keys.ts'
export { Scheduler } from './scheduler.ts'
