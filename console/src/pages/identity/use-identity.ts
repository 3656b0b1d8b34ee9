import type { Identity } from '../../ui/identity-kinds.ts'
import type { CallOptions } from '../../wire/call.ts'
import { iamIdentities } from '../../wire/iam/identities.ts'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { useCall } from '../../wire/use-call.ts'

interface Entry {
  readonly Path?: string | undefined
  readonly Arn?: string | undefined
  readonly CreateDate?: Date | undefined
}

const read: Readonly<
  Record<IdentityKind, (name: string, options?: CallOptions) => Promise<Entry | undefined>>
> = {
  User: async (name, options) => (await iamIdentities.getUser({ UserName: name }, options)).User,
  Group: async (name, options) => (await iamIdentities.getGroup({ GroupName: name }, options)).Group,
  Role: async (name, options) => (await iamIdentities.getRole({ RoleName: name }, options)).Role,
}

/** The facts of a user, a group or a role. */
export function useIdentity(kind: IdentityKind, name: string) {
  const call = async (
    { name: asked }: { readonly name: string },
    options?: CallOptions,
  ): Promise<Identity> => {
    const { Path = '/', Arn = '', CreateDate } = (await read[kind](asked, options)) ?? {}
    return { name: asked, path: Path, arn: Arn, createdAt: CreateDate }
  }
  return useCall(`Get${kind}`, call, { name })
}
