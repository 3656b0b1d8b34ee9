import { randomSecret } from '../../std/index.ts'
import type { OutsideMaterial } from '../hsm.ts'
import { ecCurves, isEcc, withCurveName } from './ec-curves.ts'
import { keyPairSpecs } from './key-pair-specs.ts'
import type { Lanes } from './lanes.ts'

/** Makes keys and random bytes for use outside, in software whatever the backends are. */
export function outsideMaterial(lanes: Lanes): OutsideMaterial {
  return {
    async generateKeyPair(keySpec, requester) {
      const { privateKey, publicKey } = await keyPairSpecs[keySpec].generate(lanes.for(requester))
      if (!isEcc(keySpec)) return { privateKey, publicKey }
      return { privateKey: withCurveName(privateKey, ecCurves[keySpec]), publicKey }
    },
    generateRandom: length => randomSecret(length),
  }
}
