import { checkAliasName } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { aliasNameType } from '../wire/shapes.ts'
import { aliasResource } from './alias-target.ts'

/** Deletes an alias. */
export const DeleteAlias = operation({
  name: 'DeleteAlias',
  effect: 'write',
  input: structure({ AliasName: required(aliasNameType) }),
  output: undefined,
  touches: {
    key: {
      from: input => {
        checkAliasName(input.AliasName)
        return input.AliasName
      },
      forms: 'alias-name',
    },
    alias: ({ input: { AliasName }, scope }) => [aliasResource(scope, AliasName)],
  },
  async handle({ input, scope, store }) {
    await store.aliases.delete(scope, input.AliasName)
  },
})
