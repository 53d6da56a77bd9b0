"""Everything that Gemini does to a link, done to the whole gateway: is anything lost or doubled?"""
