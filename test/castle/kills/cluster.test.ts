import { test } from 'node:test'
import { whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { clusterOperations } from '../../long/castle/operations.ts'
import { testKills } from '../../long/castle/short-form.ts'

testKills(clusterOperations())
if (whyNoTokens !== false) test('nothing is lost when cluster is killed', { skip: whyNoTokens })
