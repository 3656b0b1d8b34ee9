import { OperatorError } from '../std/index.ts'

/** A backup that is damaged, cut off or changed. The message has no place for secrets, and ends with a full stop. */
export class BackupDamaged extends OperatorError {}
