import { useRef, useState } from 'react'
import { aliasNameOf } from '../../model/aliases.ts'
import { createKeyInput, type KeyPlace, type NewKey } from '../../model/new-key.ts'
import { href } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import { kms } from '../../wire/kms.ts'
import { useAct } from '../../wire/use-call.ts'

/** A key that was made but has no alias yet. */
export interface MadeKey {
  readonly keyId: string
}

/**
 * Makes the key and then its alias, which are two calls. A key that was made stays if its alias is refused: then only the alias is
 * tried again. A second click while a call is on its way does nothing.
 */
export function useFinish(place: KeyPlace, onDone: (keyId: string) => void) {
  const { region } = place
  const [made, setMade] = useState<MadeKey>()
  const isRunning = useRef(false)
  const create = useAct(
    (key: NewKey) => kms.createKey(createKeyInput(key, place), { region }),
    ['ListKeyDetails'],
  )
  const name = useAct(
    ({ alias, keyId }: { readonly alias: string; readonly keyId: string }) =>
      kms.createAlias({ AliasName: aliasNameOf(alias), TargetKeyId: keyId }, { region }),
    ['ListKeyDetails', 'ListAliases'],
  )
  const once = async (act: () => Promise<void>) => {
    if (isRunning.current) return
    isRunning.current = true
    // The error of a call is in its mutation, which shows it.
    await act().catch(() => undefined)
    isRunning.current = false
  }
  const giveAlias = async (alias: string, keyId: string) => {
    await name.mutateAsync({ alias, keyId })
    flash.success(`The key ${aliasNameOf(alias)} was made.`, {
      text: 'View key',
      href: href('key', { keyId }),
    })
    onDone(keyId)
  }
  return {
    made,
    isBusy: create.isPending || name.isPending,
    createError: create.error,
    aliasError: name.error,
    finish: (key: NewKey) =>
      once(async () => {
        const { KeyMetadata } = await create.mutateAsync(key)
        const keyId = KeyMetadata?.KeyId ?? ''
        setMade({ keyId })
        await giveAlias(key.alias, keyId)
      }),
    retryAlias: (alias: string) =>
      once(async () => {
        if (made !== undefined) await giveAlias(alias, made.keyId)
      }),
  }
}
