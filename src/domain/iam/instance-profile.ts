import type { Millis } from '../../std/index.ts'
import type { Tag } from '../aws/tag.ts'
import type { IamEntity } from './iam.ts'

/** An instance profile, which hands a role to the instances of EC2. Keyward keeps it for the tools that make it with a role. */
export interface InstanceProfile extends IamEntity {
  readonly instanceProfileName: string
  /** `AIPA…` */
  readonly instanceProfileId: string
  /** The name of its only role; undefined if it has none. */
  readonly roleName: string | undefined
  readonly tags: readonly Tag[]
}

/** A date and Region in which a role was last used (IAM API reference, "RoleLastUsed"). */
export interface RoleLastUsed {
  readonly at: Millis
  readonly region: string
}
