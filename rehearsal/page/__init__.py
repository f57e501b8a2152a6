"""The page: what the cloud is doing, for people who would rather look than ask.

A browser reads one document (`page.json`) again and again; it is made of what the services' own APIs answer, so the
page shows what any client would be told, and it is only made anew when somebody looks. What a person can do here
(approve, reject, try again, go back) is an ordinary API call made for them. The orders need the token that the page
itself carries, so no page of another site can give one, even from the same browser.
"""
