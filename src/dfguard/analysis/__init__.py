"""What several rules derive from the played build: facts of a file in, records without severity out.

Rooms follow the rule families; what one rule derives lies beside the rule.
"""
