import { Rewrap } from '../../long/castle/rewrap.ts'
import { testKills } from '../../long/castle/short-form.ts'

testKills([new Rewrap({ isPaced: false })])
