import { string } from '../../../std/index.ts'

/** The name of an account alias (IAM API reference, "CreateAccountAlias"). */
export const accountAliasType = string({
  min: 3,
  max: 63,
  pattern: '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$',
})
