import { enumeration, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { readDeletionTaskId } from './service-linked-roles.ts'

/**
 * Retrieves the status of the deletion of a service-linked role, which has always succeeded, because it is done at
 * once.
 */
export const GetServiceLinkedRoleDeletionStatus = operation({
  name: 'GetServiceLinkedRoleDeletionStatus',
  effect: 'read',
  input: structure({ DeletionTaskId: required(string({ min: 1, max: 1000 })) }),
  output: structure({ Status: required(enumeration(['SUCCEEDED', 'IN_PROGRESS', 'FAILED', 'NOT_STARTED'])) }),
  touches: {
    role: question => {
      const role = readDeletionTaskId(question.input.DeletionTaskId)
      return role === undefined ? [{ arn: '*' }] : onRole({ ...question, input: { RoleName: role.roleName } })
    },
  },
  handle({ input }) {
    if (readDeletionTaskId(input.DeletionTaskId) === undefined) {
      throw noSuchEntity(`Deletion task ${input.DeletionTaskId} does not exist.`)
    }
    return { Status: 'SUCCEEDED' as const }
  },
})
