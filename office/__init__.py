"""The use cases: what the command line, the page and a gateway may ask for, one function each.

A use case takes a typed request and gives a typed result, and prints nothing. One that publishes
a control record waits until the registry has folded it, and says its effect.

partners, accounts, programmes   who may speak, and about which programme
lists                            a partner's list: validate, check, publish
policies, retroactive            the numbers of the matching rules; what a late policy would change
cases                            decide, appeal, answer a case
quarantines, submissions         switch a number off; let a held submission through
epochs, evaluations, embedded    the keys of the tokens, and the key servers of this machine
clock, bootstrap, page_accounts  the journal's day; what `tekil up` makes; who may see the page
health, topic_ends               is the system well
control_records, effects, views  what the use cases share
"""
