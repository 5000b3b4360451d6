"""The face: what workers say is stored, told and shown here. Stateless behind Redis and the database."""
