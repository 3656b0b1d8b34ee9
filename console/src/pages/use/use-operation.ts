import { useMutation } from '@tanstack/react-query'
import type { DraftedCall } from '../../model/use/draft.ts'
import { notValidCodes, outcomes } from '../../model/use/fields.ts'
import { currentRegion } from '../../route/use-route.ts'
import { ApiError } from '../../wire/errors.ts'
import { type CryptographicAnswer, kmsCryptography } from '../../wire/kms-cryptography.ts'

/** Makes the call of a form. Its secrets are not kept when the form is left: unlike other answers, they are in no cache. */
export function useOperation() {
  return useMutation<CryptographicAnswer, Error, DraftedCall>({
    gcTime: 0,
    mutationFn: async ({ operation, input }) => {
      const call = kmsCryptography[operation]
      if (call === undefined) throw new Error(`The page has no call of ${operation}.`)
      try {
        return await call(input, { region: currentRegion() })
      } catch (error) {
        const isAnswer = error instanceof ApiError && notValidCodes.includes(error.facts.code)
        const [status] = outcomes[operation] ?? []
        if (isAnswer && status !== undefined) return { [status.member]: false }
        throw error
      }
    },
  })
}
